// What is wider than its place scrolls within it. A reader without a mouse can scroll only what can have the focus, and
// what does not scroll should not be a stop on the way.
const wide = "article div.math, article .cell_output, article .exhibit-frame, "
  + "article .pst-scrollable-table-container";

function mark() {
  for (const element of document.querySelectorAll(wide)) {
    const style = getComputedStyle(element);
    const scrolls = element.scrollWidth > element.clientWidth + 1 && ["auto", "scroll"].includes(style.overflowX);
    if (scrolls) {
      element.tabIndex = 0;
    } else if (element.matches(":not(.pst-scrollable-table-container)")) {
      element.removeAttribute("tabindex");
    }
  }
}

addEventListener("load", () => {
  mark();
  addEventListener("resize", mark);
});
