// One clue whole: what it says, what happened to it, the records behind it.

import { clues } from "./feed.js";
import { agencyName, articleText, history, isAgency, relationName, rowsBehind, titleOf } from "./record.js";
import { at, el, pairs } from "./draw.js";
import { columnName, levelName, ruleName, say } from "./words.js";

const PERSON_CHARS = 12;

let shown = null;

export function open(clue) {
  shown = clue;
  fill();
  if (!at("detail").open) at("detail").showModal();
  at("detail").scrollTop = 0;
}

// In the other language.
export function redraw() {
  if (shown && at("detail").open) fill();
}

function fill() {
  const clue = shown;
  const now = clues.get(clue.id);
  const holds = now && !now.gone;
  const badge = at("detail-level");
  badge.className = `badge ${holds ? clue.level : ""}`;
  badge.textContent = holds ? levelName(clue.level) : say("gone");
  const title = el("h2", "", ruleName(clue.rule, clue.title));
  title.id = "detail-title";
  const facts = [
    [say("agency"), named(clue.agency)], [say("due"), clue.due], [say("basis"), clue.basis],
    [say("person"), clue.person && String(clue.person).slice(0, PERSON_CHARS)], [say("area"), clue.area],
  ];
  // What the facts above say already, and what names the person, is not said twice.
  const said = new Set(["person", "agency", "county", "level", "basis", "due"]);
  const columns = Object.entries(clue.columns).filter(([name]) => !said.has(name)).map(([name, value]) => [columnName(name), named(value)]);
  const law = el("p", "law");
  const steps = el("ol", "steps");
  const rows = el("div", "rows");
  at("detail").querySelector("article").replaceChildren(
    title, el("p", "reason", clue.reason), pairs(facts), law, ...others(clue),
    el("h3", "", say("columns")), pairs(columns),
    el("h3", "", say("history")), steps,
    el("h3", "", say("rows")), rows,
  );
  law.hidden = true;
  articleText(clue.basis).then(text => { law.textContent = text; law.hidden = !text; }, () => {});
  steps.append(el("li", "quiet", say("loading")));
  rows.append(el("p", "quiet", say("loading")));
  history(clue.id).then(items => drawSteps(steps, items), () => unreadable(steps, "li"));
  rowsBehind(clue).then(found => drawRows(rows, found), () => unreadable(rows, "p"));
}

// What else is known of the same person.
function others(clue) {
  const same = [...clues.values()].filter(entry => !entry.gone && clue.person && entry.clue.person === clue.person && entry.clue.id !== clue.id);
  if (same.length === 0) return [];
  const list = el("ul", "others");
  list.append(...same.map(entry => {
    const item = el("li");
    const button = el("button", "", ruleName(entry.clue.rule, entry.clue.title));
    button.type = "button";
    button.onclick = () => open(entry.clue);
    item.append(el("span", `badge ${entry.clue.level}`, levelName(entry.clue.level)), " ", button);
    return item;
  }));
  return [el("h3", "", say("others")), list];
}

const unreadable = (node, tag) => node.replaceChildren(el(tag, "quiet", say("unreadable")));

const named = value => (isAgency(value) ? `${agencyName(value)}（${value}）` : value);

function drawSteps(list, items) {
  list.replaceChildren(...items.map(step => {
    const item = el("li", step.op === "withdraw" ? "closed" : "");
    item.append(el("b", "", say("op")[step.op] || step.op), " ", el("span", "", say("cause")(step.cause, agencyName)));
    return item;
  }));
}

function drawRows(node, found) {
  if (found.length === 0) return node.replaceChildren(el("p", "quiet", say("noRows")));
  node.replaceChildren(...found.flatMap(([name, rows]) => rows.map(row => {
    const part = el("section", "record");
    part.append(el("h4", "", relationName(name)), pairs(Object.entries(row).map(([column, value]) => [titleOf(name, column), named(value)])));
    return part;
  })));
}

at("close").onclick = () => at("detail").close();
at("detail").onclick = event => { if (event.target === at("detail")) at("detail").close(); };
at("detail").onclose = () => { shown = null; };
