// The order in which the search lists what it found. Sphinx copies this into the script of its search page.
// An id or a title that was asked for by its whole name comes first. The pages of results come last: there are
// hundreds of them, and their few words would push the chapters that explain them off the screen.
var Scorer = {
  // Sphinx's own numbers, all of which it takes from here once there is a scorer
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
  score: ([page, title, , , score]) => {
    const asked = (new URLSearchParams(window.location.search).get("q") ?? "").trim().toLowerCase();
    if (title.toLowerCase() === asked) return score + 1000;
    return page.startsWith("results/") ? score - 1000 : score;
  },
};
