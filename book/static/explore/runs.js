// What the patch bench shows of two runs that needs no reader: the names of positions, and where the runs differ.

import { element } from "./dom.js";

export const ROWS = ["embedding", "after layer 1", "after layer 2"];

export function positionNames({ count, cells }) {
  const names = Array.from({ length: count }, (_, i) => (i < cells ? `${i}` : `a${i - cells}`));
  return element("div", { class: "ex-numbers ex-places", "aria-hidden": "true" },
    ...names.map((name) => element("span", {}, name)));
}

// How far two streams (N, D) are apart at every position, as a share of the largest distance.
export function distances(one, other, width) {
  const apart = Array.from({ length: one.length / width }, (_, i) => Math.hypot(
    ...one.subarray(i * width, (i + 1) * width).map((value, d) => value - other[i * width + d])));
  const most = Math.max(...apart, 1e-12);
  return apart.map((distance) => distance / most);
}

export function differences({ clean, corrupted }, width) {
  const rows = ROWS.map((_, row) => distances(clean.streams[row], corrupted.streams[row], width));
  const told = rows.map((shares, row) => `${ROWS[row]}: ${shares.filter((share) => share > 1e-6).length} places`);
  return element("div", { class: "ex-grid", role: "img", "aria-label": `Where the runs differ. ${told.join("; ")}.` },
    ...rows.map((shares, row) => element("div", { class: "ex-grid-row" },
      element("span", { class: "ex-row-name" }, ROWS[row]), ...shares.map((share, position) => {
        const box = element("span", { class: "ex-place is-source", "data-source": `${row}.${position}` });
        box.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
        return box;
      }))));
}

// Boxes that scroll sideways, together: where one is moved the others follow. `middle` is the share of their width that
// stands in the middle at first; `act` hears of another.
export function scrollTogether(boxes, middle, act) {
  for (const box of boxes) {
    box.scrollLeft = middle * box.scrollWidth - box.clientWidth / 2;
    box.addEventListener("scroll", () => {
      for (const other of boxes) if (other.scrollLeft !== box.scrollLeft) other.scrollLeft = box.scrollLeft;
      act((box.scrollLeft + box.clientWidth / 2) / box.scrollWidth);
    });
  }
}
