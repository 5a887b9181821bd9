// Starts the explorables of a page, each when it comes into view. A page opened as a file cannot load modules, and a
// browser without them loads none; there the static figures stay.
"use strict";
(() => {
  if (window.location.protocol === "file:" || !("IntersectionObserver" in window)) return;
  const stages = [...document.querySelectorAll(".explorable-stage")];

  const begin = async (stage) => {
    try {
      const { mount } = await import("./stage.js");
      await mount(stage);
    } catch (error) {
      stage.replaceChildren(); // the figure is still there
      console.error(error);
    }
  };

  // One start after the other, or two would fill one stage.
  const running = new Map();
  const start = (stage) => running.set(stage, Promise.resolve(running.get(stage)).then(() => begin(stage)));

  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      observer.unobserve(entry.target);
      start(entry.target.querySelector(".explorable-stage"));
    }
  }, { rootMargin: "300px" });

  // The stage is empty, so its figure is watched; one that the address names starts at once, or anew.
  const named = (stage) => window.location.hash.startsWith(`#${stage.dataset.explorable}?`);
  for (const stage of stages) {
    if (named(stage)) start(stage);
    else observer.observe(stage.closest(".explorable"));
  }
  window.addEventListener("hashchange", () => stages.filter(named).forEach(start));
})();
