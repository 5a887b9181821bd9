// Sets the formulae of a page once its text is painted: what sets them is larger than all else that a page fetches. One
// after the other, so that a reader who scrolls or types meanwhile does not wait for all of them.
"use strict";
(() => {
  const source = new URL("../vendor/mathjax/tex-svg.js", document.currentScript.src).href;

  // A page in the background is not painted, and some browsers do not tell.
  const painted = () => new Promise((done) => {
    if (document.hidden || !PerformanceObserver.supportedEntryTypes.includes("paint")) done();
    else new PerformanceObserver(done).observe({ type: "paint", buffered: true });
  });

  const fetched = () => new Promise((done, fail) => {
    document.head.append(Object.assign(document.createElement("script"), { src: source, onload: done, onerror: fail }));
  });

  const set = async () => {
    for (const formula of document.querySelectorAll(".math")) {
      await window.MathJax.typesetPromise([formula]);
      await new Promise((next) => { setTimeout(next); });
    }
  };

  // MathJax takes this for its settings and goes on by the same name; its promise, too, is kept when all are set. Its
  // menu would fetch speech rules that are not part of the site.
  window.MathJax = { options: { enableMenu: false }, startup: { pageReady: set,
    promise: painted().then(fetched).then(() => window.MathJax.startup.promise) } };
})();
