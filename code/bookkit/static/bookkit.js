// Results on a page: tooltips that can be dismissed, copy buttons, and an index to filter and sort.
// Everything works without this file, less comfortably: tooltips open by style, texts can be selected, tables read.
"use strict";
(() => {
  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);
  const make = (tag, properties, parent) => {
    const element = Object.assign(document.createElement(tag), properties);
    if (parent) parent.append(element);
    return element;
  };

  // --- Light pages, which have no script of the theme, follow the theme that the reader chose on the book's other pages.
  try {
    const mode = localStorage.getItem("mode") || "auto";
    if (mode !== "auto") document.documentElement.dataset.theme ||= mode;
  } catch {
    // pages opened as files may have no storage; the system's own setting holds then
  }

  // --- Tooltips of numbers and of words of the glossary: hover and focus open them by style; a tap opens first and follows the link second; Escape closes.
  let shown = null; // the citation whose tooltip is to be seen

  // Never over its number, which a second tap or a click follows: below it, or above where there is more room.
  // A narrow screen has the tip at its edge, by the style at the lower one.
  const place = () => {
    if (!shown) return;
    const tip = shown.querySelector(".result-tip");
    ["position", "left", "top", "bottom", "max-height"].forEach((name) => tip.style.removeProperty(name));
    const link = shown.querySelector("a");
    const number = link.getBoundingClientRect(); // all of its lines
    const narrow = window.matchMedia("(max-width: 40rem)").matches;
    const edge = narrow ? 12 : 8;
    const [above, below] = [number.top - edge, window.innerHeight - number.bottom - edge];
    if (!narrow) tip.style.position = "fixed";
    const under = tip.offsetHeight <= below || below >= above;
    tip.style.maxHeight = `${under ? below : above}px`;
    const height = tip.offsetHeight;
    if (narrow) {
      if (!under) Object.assign(tip.style, { top: `${edge}px`, bottom: "auto" });
      return;
    }
    const right = document.documentElement.clientWidth - tip.offsetWidth - edge;
    tip.style.left = `${Math.max(edge, Math.min(link.getClientRects()[0].left, right))}px`;
    tip.style.top = `${under ? number.bottom : number.top - height}px`;
  };

  const show = (cite) => {
    shown = cite;
    cite.classList.remove("is-dismissed");
    place();
  };

  const close = () => each(".result-cite.is-open", (cite) => cite.classList.remove("is-open"));

  each(".result-cite", (cite) => {
    const link = cite.querySelector("a");
    let touched = false;
    link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    link.addEventListener("click", (event) => {
      if (touched && !cite.matches(".is-open, .cited-work")) {
        event.preventDefault();
        close();
        cite.classList.add("is-open");
        show(cite);
      }
      touched = false;
    });
    cite.addEventListener("mouseenter", () => show(cite));
    link.addEventListener("focus", () => show(cite));
    link.addEventListener("blur", () => cite.classList.remove("is-open"));
  });
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".result-cite")) close(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    each(".result-cite", (cite) => cite.classList.add("is-dismissed"));
  });
  document.addEventListener("scroll", place, { capture: true, passive: true });
  window.addEventListener("resize", place);

  // --- Citations: today is the day of access; buttons copy the sentence on the page and the entry in the file.
  const today = new Date();
  const [year, month, day] = [today.getFullYear(), today.getMonth() + 1, today.getDate()];
  const pad = (number) => String(number).padStart(2, "0");
  const accessed = `${year}-${pad(month)}-${pad(day)}`;
  each("pre [data-day]", (mark) => {
    mark.textContent = mark.textContent.replace("9999-12-31", accessed);
    mark.hidden = false;
  });

  const copy = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = make("textarea", { value: text, readOnly: true, className: "bookkit-offscreen" }, document.body);
    area.select();
    const done = document.execCommand("copy"); // pages opened as files have no other way
    area.remove();
    if (!done) throw new Error("copying is not allowed here");
  };

  // The entry is a file, which has no day of access: an address gets it in a field, a note without one in words.
  const dated = (entry) => (/^ {2}url = /m.test(entry)
    ? entry.replace(/^ {2}url = .*\n/m, `$&  urldate = {${accessed}},\n`)
    : entry.replace(", record sha256 ", `, accessed ${accessed}, record sha256 `));

  // The text of a file, compressed or not; of a compressed one some servers say so, and browsers unpack it then.
  const textOf = async (address) => {
    const content = new Uint8Array(await (await fetch(address)).arrayBuffer());
    if (content[0] !== 0x1f || content[1] !== 0x8b) return new TextDecoder().decode(content);
    return new Response(new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };

  // Files with the entries of many results, by their endings, and how to take from the text the one that has a hash.
  const packed = {
    ".bib.gz": (text, hash) => text.match(/@[^]*?\n\}\n/g).find((entry) => entry.includes(hash)),
    ".ris.gz": (text, hash) => text.match(/TY {2}- [^]*?ER {2}- \r\n/g).find((entry) => entry.includes(hash)),
    ".csl.json.gz": (text, hash) => `${JSON.stringify(JSON.parse(text).filter(({ note }) => note.includes(hash)))}\n`,
  };

  each("#cite-plain", (pre) => {
    const row = make("p", { className: "bookkit-buttons" });
    const status = make("span", { className: "bookkit-copied", role: "status" }, row);
    const offer = (what, text) => {
      const button = make("button", { type: "button", className: "bookkit-copy", textContent: `Copy ${what}` });
      status.before(button);
      button.addEventListener("click", async () => {
        try {
          await copy(text);
          status.textContent = `Copied: ${what}.`;
        } catch {
          status.textContent = `Copying is not allowed here; the ${what} is below.`;
        }
        button.focus();
      });
    };
    offer("plain text", pre.textContent);
    pre.before(row);
    const [, hash] = pre.textContent.match(/record sha256 ([0-9a-f]{64})/);
    each('a[href$=".bib"], a[href$=".bib.gz"]', async (link) => {
      try {
        const text = await textOf(link.href);
        offer("BibTeX", dated(link.href.endsWith(".gz") ? packed[".bib.gz"](text, hash) : text));
      } catch {
        // a page opened as a file reads no other, and older browsers unpack none; the link still leads there
      }
    });
    Object.entries(packed).forEach(([ending, take]) => each(`a[href$="${ending}"]`, (link) => {
      link.addEventListener("click", async (event) => {
        event.preventDefault();
        try {
          const href = URL.createObjectURL(new Blob([take(await textOf(link.href), hash)]));
          make("a", { href, download: `record${ending.slice(0, -3)}` }).click();
        } catch {
          window.location.assign(link.href); // the file with all of them
        }
      });
    }));
  });

  // --- The index and the ledger: type or choose to filter, click a heading to sort.
  const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const value = (cell) => {
    const text = cell.textContent.trim();
    const number = parseFloat(text.replaceAll(",", "").replace("\u2212", "-"));
    if (Number.isNaN(number)) return text.toLowerCase();
    const power = text.match(/^\S+\s×\s10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/);
    const exponent = power ? Number([...power[2]].map((digit) => raised.indexOf(digit)).join("")) : 0;
    return number * 10 ** (power && power[1] ? -exponent : exponent) / (/^\S+%/.test(text) ? 100 : 1);
  };
  const compare = (a, b) => (typeof a === typeof b ? (a > b) - (a < b) : typeof a === "number" ? -1 : 1);

  const sortable = (table) => {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make("button", { type: "button", className: "bookkit-sort", textContent: head.textContent.trim() });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        body.append(...[...body.rows].sort((a, b) =>
          compare(value(a.cells[column]), value(b.cells[column])) * (down ? -1 : 1)));
      });
    });
  };

  const kinds = [["verdict", "Verdict"], ["source", "Source"], ["chapter", "Chapter"], ["replications", "Replications"]];

  each(".bookkit-table", (container, index) => {
    const rows = [...container.querySelectorAll("tbody > tr")];
    const folds = [...container.querySelectorAll(".results-fold")];
    const title = (part) => {
      const fold = part.closest(".results-fold");
      return fold ? `${fold.firstElementChild.textContent} ${title(fold.parentElement)}` : "";
    };
    const texts = new Map(); // of rows, with the titles that they are folded under
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, `${row.textContent} ${title(row)}`.toLowerCase());
      return texts.get(row);
    };
    let opened = null; // the folds that were open before the filter opened what it left
    const bar = make("p", { className: "bookkit-filter" });
    const label = make("label", { textContent: "Filter " }, bar);
    const input = make("input", { type: "search", id: `bookkit-filter-${index}`, autocomplete: "off" }, label);
    // Rows may say of what kind they are, as classes such as "verdict-mixed".
    const choices = kinds.map(([kind, name]) => {
      const found = new Set(rows.flatMap((row) => [...row.classList].filter((one) => one.startsWith(`${kind}-`))));
      if (found.size < 2) return null;
      const select = make("select", { id: `bookkit-${kind}-${index}` }, make("label", { textContent: `${name} ` }, bar));
      make("option", { value: "", textContent: "all" }, select);
      [...found].sort().forEach((one) => make("option", {
        value: one, textContent: one.slice(kind.length + 1).replaceAll("-", " "),
      }, select));
      return select;
    }).filter(Boolean);
    const count = make("span", { role: "status" }, bar);
    container.prepend(bar);
    bar.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const filtering = words.length > 0 || choices.some((select) => select.value);
      rows.forEach((row) => {
        row.hidden = !words.every((word) => textOf(row).includes(word))
          || choices.some((select) => select.value && !row.classList.contains(select.value));
      });
      opened ??= new Set(folds.filter((fold) => fold.open));
      folds.forEach((fold) => {
        fold.hidden = !fold.querySelector("tbody > tr:not([hidden])");
        fold.open = filtering ? !fold.hidden : opened.has(fold);
      });
      if (!filtering) opened = null;
      count.textContent = ` ${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
    });
    each("table", sortable, container);
  });
})();
