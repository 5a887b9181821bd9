// An address that has moved: goes to the new one, and keeps what follows "?" and "#". A claim, result or figure that is
// on another page by now is listed in the page, by its anchor.
const target = new URL(document.querySelector("[data-moved-to]").href);
const moved = JSON.parse(document.getElementById("moved-anchors").textContent);
const anchor = location.hash.slice(1);
const elsewhere = Object.hasOwn(moved, anchor) ? new URL(moved[anchor], location.href) : target;
if (anchor && elsewhere === target) {
  target.hash = location.hash;
}
elsewhere.search = location.search;
location.replace(elsewhere);
