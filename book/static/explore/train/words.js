// What happened, in words, for the page and for screen readers.

import { grouped } from "./axes.js";
import { solvedAt } from "./crew.js";

// How a training stands; `changed` names the member that has just solved the task, or fallen back.
export function standing({ members, step }, changed = null) {
  const solved = members.filter((member) => solvedAt(member) !== null);
  const news = changed ? ` Seed ${changed.seed} ${solved.includes(changed)
    ? `solved it at step ${grouped(solvedAt(changed))}` : "fell back"}.` : "";
  return `Step ${grouped(step)}: ${counted(solved.length, members.length)} so far.${news}`;
}

// A seed that trains as an example, before anything was predicted.
export function example({ members: [member], step, done }) {
  const when = solvedAt(member);
  if (when !== null) return `Seed ${member.seed}, an example, solved it at step ${grouped(when)}.`;
  return `Seed ${member.seed}, an example, ${done ? "has not solved it" : `at step ${grouped(step)}`}.`;
}

// How it ended, beside the prediction and the book.
export function result({ members }, { settings: { predict }, book }) {
  const solved = members.filter((member) => solvedAt(member) !== null), times = solved.map(solvedAt);
  const which = solved.length && solved.length < members.length ? ` (${solved.map(({ seed }) => seed).join(", ")})` : "";
  const first = solved.length ? `, the first after ${grouped(Math.min(...times))} steps` : "";
  const said = predict === solved.length ? "as you predicted" : `you predicted ${predict}`;
  const books = book ? ` In the book, ${book.times.filter((time) => time !== null).length} of ${book.times.length} `
    + `seeds of ${book.name} solved it.` : "";
  return `${counted(solved.length, members.length)}${which}${first}; ${said}.${books}`;
}

function counted(some, all) {
  if (all === 1) return some ? "The seed solved it" : "The seed has not solved it";
  return `${some} of ${all} seeds solved it`;
}
