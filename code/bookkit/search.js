// What the search lists, and in which order. Sphinx copies this into a script of its search page, behind its own.
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

// A question is asked in words that say nothing of what it is about.
stopwords.push("can", "could", "did", "do", "does", "has", "have", "how", "i", "my", "should", "what", "when", "where",
  "which", "who", "why", "would");

// Sphinx lists a page only if it has every word. Where none has, pages are listed by how many they have, and of as many
// those first whose words are rarer, or stand in its title.
{
  const LONGEST = 30; // pages, each of which the list fetches for a passage
  const FOUND = "Search finished, found ${resultCount} page(s) matching the search query.";
  const NONE = "Your search did not match any documents. Please make sure that all words are spelled correctly and that "
    + "you've selected enough categories."; // of which there are none here
  const said = Documentation.TRANSLATIONS, whole = Search._performSearch;
  said[NONE] = "Nothing was found. Try other words, or fewer.";

  const some = (words, excluded) => {
    const pages = new Map();
    for (const word of words) {
      const having = Search.performTermsSearch(new Set([word]), excluded);
      for (const page of having) {
        const [name, title, anchor, about, score, file] = page, before = pages.get(name)?.[4] ?? 0;
        const further = 1 / (having.length + 1) + score / 1000; // less than 1, for a word of its title too
        pages.set(name, [name, title, anchor, about, before + 1 + further / words.size, file]);
      }
    }
    const found = [...pages.values()];
    found.forEach((page) => { page[4] = Scorer.score(page); });
    return found.sort(_orderResultsByScoreThenName).slice(-LONGEST); // the best come last, as Sphinx takes them
  };

  Search._performSearch = (query, words, excluded, ...rest) => {
    const found = whole(query, words, excluded, ...rest);
    if (found.length || words.size < 2) return found;
    const instead = some(words, excluded);
    // at once, and when the list is complete
    if (instead.length) Search.status.innerText = said[FOUND] = "No page has all of these words; pages with some of them:";
    return instead;
  };
}
