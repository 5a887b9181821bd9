// The stage of an explorable: fetches its numbers, starts its script, keeps its state in the address of the page.
//
// A script exports `build(stage)`, which fills `stage.root` and returns nothing. What it can use:
//   stage.data                 data.json
//   stage.weights(name)        the bytes of a binary file, checked
//   stage.state                what the address said, as a Map of strings
//   stage.remember(values)     writes the state into the address, a little later
//   stage.say(text)            tells screen readers, once the reader pauses

import { element } from "./dom.js";

const PAUSE = 250; // milliseconds after the last change: browsers refuse to rewrite the address much more often

export async function mount(root) {
  const { explorable: id, module, root: folder } = root.dataset;
  root.replaceChildren();
  const base = new URL(folder, document.baseURI);
  const [data, script] = await Promise.all([fetchJson(new URL("data.json", base)), import(`./${module}.js`)]);
  const stage = new Stage(root, id, base, data);
  await script.build(stage);
  stage.started = true;
  root.append(stage.live, footer(stage));
  root.closest(".explorable").classList.add("is-live");
  if (stage.named) root.closest(".explorable").scrollIntoView({ block: "start" });
}

class Stage {
  constructor(root, id, base, data) {
    Object.assign(this, { root, id, base, data, known: new Map(), timers: {}, started: false });
    const [name, query = ""] = window.location.hash.slice(1).split("?");
    this.named = name === id && query !== "";
    this.small = "small" in root.dataset;
    this.state = new Map(this.named ? new URLSearchParams(query) : []);
    this.address = null; // of this configuration, once there is one
    this.live = element("p", { class: "ex-live", role: "status" });
  }

  weights(name) {
    if (!this.known.has(name)) {
      const told = this.data.files[name];
      const loading = fetchChecked(new URL(`../weights/${told.sha256}.bin`, this.base), told);
      loading.catch(() => this.known.delete(name)); // another try may do
      this.known.set(name, loading);
    }
    return this.known.get(name);
  }

  remember(values) {
    const query = Object.entries(values).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")
      .replaceAll("%2C", ",");
    this.address = `#${this.id}?${query}`;
    if (!this.started) return; // a page that nobody has touched keeps its address
    this.later("address", () => window.history.replaceState(window.history.state, "", this.address));
  }

  say(text) {
    this.later("live", () => { this.live.textContent = text; });
  }

  later(what, act) {
    clearTimeout(this.timers[what]);
    this.timers[what] = setTimeout(act, PAUSE);
  }
}

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`expected ${url}, got status ${response.status}`);
  return response;
}

const fetchJson = async (url) => (await get(url)).json();

async function fetchChecked(url, { bytes, sha256 }) {
  const content = await (await get(url)).arrayBuffer();
  if (content.byteLength !== bytes) throw new Error(`expected ${bytes} bytes of ${url}, got ${content.byteLength}`);
  if (window.crypto?.subtle) { // browsers offer it to secure pages only
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", content));
    const found = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== sha256) throw new Error(`expected ${url} with the checksum ${sha256}, got ${found}`);
  }
  return content;
}

function footer(stage) {
  const done = element("span", { class: "ex-done", role: "status" });
  const button = element("button", { type: "button", class: "ex-button ex-quiet" }, "Copy link to this state");
  button.addEventListener("click", async () => {
    const link = new URL(stage.address ?? `#${stage.root.closest(".explorable").id}`, window.location.href).href;
    done.textContent = await copied(link) ? "Copied." : link;
  });
  return element("div", { class: "ex-foot" }, button, done);
}

async function copied(text) {
  try {
    await window.navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed here: the link is shown instead
  }
}
