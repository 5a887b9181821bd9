// Elements and the few controls that all explorables share. Everything is a native control where there is one.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

export const drawn = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

export const hint = (text = "") => element("span", { class: "ex-hint" }, text);

let count = 0;
export const fresh = (prefix) => `${prefix}-${count += 1}`;

export function button(label, act, attributes = {}) {
  const made = element("button", { type: "button", class: "ex-button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

// One of a few: native radio buttons that look like one control. Options are [value, label or node].
export function choice(legend, options, chosen, act, attributes = {}) {
  const name = fresh("ex-choice");
  const inputs = options.map(([value]) => {
    const input = element("input", { type: "radio", name, value, id: fresh("ex-option"), checked: value === chosen });
    input.addEventListener("change", () => act(value));
    return input;
  });
  const made = element("fieldset", { class: "ex-choice", ...attributes }, element("legend", {}, legend),
    element("div", { class: "ex-options" }, ...options.map(([, label], i) =>
      element("span", { class: "ex-option" }, inputs[i], element("label", { for: inputs[i].id }, label)))));
  return { root: made, set: (value) => inputs.forEach((input) => { input.checked = input.value === `${value}`; }) };
}

// One of many in little room: a native menu with its name. Options are [value, label].
export function menu(label, options, act = () => undefined) {
  const id = fresh("ex-menu"), made = options.map(([value, text]) => element("option", { value }, text));
  const select = element("select", { id }, ...made);
  select.addEventListener("change", () => act(select.value));
  return { root: element("span", { class: "ex-menu" }, element("label", { for: id }, label), select),
    get value() { return select.value; },
    // Leaves only some of the values to choose from; one that may no longer be chosen gives way to the first that may.
    allow(may) {
      for (const one of made) one.disabled = !may(one.value);
      if (select.selectedOptions[0]?.disabled) select.value = made.find((one) => !one.disabled).value;
    } };
}

// A slider with its name and its value in words.
export function slider(label, { min, max, step, value, text }, act) {
  const id = fresh("ex-slider");
  const input = element("input", { type: "range", id, min, max, step });
  const output = element("output", { for: id });
  const show = () => {
    output.textContent = text(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.value = value;
  input.addEventListener("input", () => { show(); act(Number(input.value)); });
  show();
  const root = element("div", { class: "ex-slider" }, element("label", { for: id }, label), input, output);
  return { root, set: (to) => { input.value = to; show(); } };
}

// Arrow keys move within a group of buttons, which is one stop for the Tab key; `columns()` tells how they stand.
export function roving(buttons, columns) {
  const enter = (to) => buttons.forEach((one, i) => { one.tabIndex = i === to ? 0 : -1; });
  buttons.forEach((one, i) => {
    one.addEventListener("focus", () => enter(i));
    one.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      const wide = columns();
      const step = { ArrowLeft: i - 1, ArrowRight: i + 1, ArrowUp: i - wide, ArrowDown: i + wide, Home: 0,
        End: buttons.length - 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      buttons[step]?.focus();
    });
  });
  enter(0);
}

// Calls back when the page turns dark or light, for what styles cannot reach.
export function onTheme(act) {
  new MutationObserver(act).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

export const percent = (x) => `${Math.round(100 * x)}\u00a0%`;

// A number with a fixed number of digits; what rounds to zero has no sign, and a minus is a minus.
export const fixed = (x, digits) => (Number(x.toFixed(digits)) === 0 ? 0 : x).toFixed(digits).replace("-", "\u2212");

export const pause = () => new Promise((done) => { setTimeout(done, 0); });
