// A light page follows the theme that the reader chose on the book's other pages.
"use strict";
try {
  const mode = localStorage.getItem("mode") || "auto";
  if (mode !== "auto") document.documentElement.dataset.theme = mode;
} catch {
  // pages opened as files may have no storage; the system's own setting holds then
}
