// One clue whole: what it says, what happened to it, the records behind it. Its address is `#clue=` and its id, which tells an outsider nothing.

import { clues, seen } from "./feed.js";
import { agencyName, isAgency, lifeOf, named, oneClue, relationName, rowsBehind, titleOf } from "./record.js";
import { at, button, el, inChinese, pairs, sentence } from "./draw.js";
import { articleOf, basisOf } from "./law.js";
import { drawCase, stateInWords } from "./case.js";
import { causeInWords, levelMeans, levelName, opName, say } from "./words.js";
import { cellName, columnName, ruleName } from "./pack.js";
import { dueInWords, sayReason } from "./card.js";

const PERSON_CHARS = 12;
const ADDRESS = /^#clue=([\w-]+)$/;

let shown = null;     // the clue
let drawn = null;     // the order of the change that is drawn

// --- the address: the back button closes, and an address opens ---

const depth = () => history.state?.depth || 0;

export function open(clue) {
  const address = `#clue=${encodeURIComponent(clue.id)}`;
  if (location.hash !== address) history.pushState({ depth: depth() + 1 }, "", address);
  show(clue);
}

function leave() {
  shown = null;
  if (!ADDRESS.test(location.hash)) return;
  if (depth() > 0) history.go(-depth());
  else history.replaceState(null, "", location.pathname);
}

export async function followAddress() {
  const id = ADDRESS.exec(location.hash)?.[1];
  if (!id) {
    shown = null;
    if (at("detail").open) at("detail").close();
    return;
  }
  if (shown?.id === id) return;
  const known = clues.get(id)?.clue;
  if (known) return show(known);
  await oneClue(id).then(show, unknown);
}

// --- the page of the clue ---

function show(clue) {
  shown = clue;
  fill();
  if (!at("detail").open) at("detail").showModal();
  at("detail").scrollTop = 0;
}

function unknown(error) {
  shown = { id: null };
  at("detail-level").textContent = "";
  const title = el("h2", "", say(error.message === "404" ? "unknownClue" : "unreadable"));
  title.id = "detail-title";
  at("detail").querySelector("article").replaceChildren(title);
  if (!at("detail").open) at("detail").showModal();
}

// In the other language, or with names that were learnt.
export function redraw() {
  if (shown?.id && at("detail").open) fill();
}

// What happened to the clue while it is looked at is shown at once.
export function keepUp() {
  if (!shown?.id || !at("detail").open) return;
  const now = clues.get(shown.id);
  if (!now || now.order === drawn) return;
  shown = now.clue;
  fill();
}

function fill() {
  const clue = shown;
  const now = clues.get(clue.id);
  const gone = now ? now.gone : clue.machine === "withdrawn";
  drawn = now?.order ?? null;
  drawBadge(clue, gone);
  const title = el("h2", "", ruleName(clue.rule, clue.title));
  title.id = "detail-title";
  const [steps, rows] = [kept("ol", "steps", clue), kept("div", "rows", clue)];
  const article = at("detail").querySelector("article");
  const work = drawCase(keptCase(clue), clue, gone);
  Object.assign(article.dataset, { clue: clue.id, changed: clue.changed });
  article.replaceChildren(
    title, ...meaning(clue, gone), ...reason(clue), pairs(facts(clue, gone)), ...law(clue),
    el("h3", "", say("caseWork")), work, ...others(clue),
    el("h3", "", say("columns")), pairs(columns(clue)),
    el("h3", "", say("history")), steps,
    el("h3", "", say("rows")), rows,
  );
  lifeOf(clue.id).then(items => { drawSteps(steps, items); drawWhyGone(article, items.findLast(step => step.op === "withdraw")); }, () => unreadable(steps, "li"));
  rowsBehind(clue).then(found => drawRows(rows, found), () => unreadable(rows, "p"));
}

function drawBadge(clue, gone) {
  const badge = at("detail-level");
  badge.className = `badge ${gone ? "withdrawn" : clue.level}`;
  badge.textContent = gone ? say("gone") : levelName(clue.level);
}

function meaning(clue, gone) {
  const text = gone ? say("goneMeans") : levelMeans(clue.level);
  return text ? [el("p", `meaning ${gone ? "withdrawn" : clue.level}`, text)] : [];
}

function reason(clue) {
  const said = wordsOf(clue);
  if (said.lang) return [said];
  const original = el("details", "original");
  original.append(el("summary", "", say("original")), sentence(inChinese(el("p")), clue.reason));
  return [said, original];
}

const wordsOf = clue => sayReason(el("p", "reason"), clue);

function facts(clue, gone) {
  const person = clue.person && el("span", "", String(clue.person).slice(0, PERSON_CHARS));
  if (person) person.title = say("personMeans");
  return [
    [say("agency"), value(clue.agency)],
    [say("due"), clue.due && [clue.due, gone ? "" : dueInWords(clue, seen.day)].filter(Boolean).join(" · ")],
    [say("basis"), clue.basis && basisOf(clue)],
    [say("person"), person], [say("area"), clue.area],
  ];
}

// What the facts say already, and what names the person, is not said twice.
function columns(clue) {
  const said = new Set(["person", "agency", "county", "level", "basis", "due"]);
  return Object.entries(clue.columns).filter(([name]) => !said.has(name)).map(([name, cell]) => [columnName(name), value(cell)]);
}

function law(clue) {
  const article = articleOf(clue);
  return article ? [article] : [];
}

// As it stands in a list; the code of an agency is there for who asks.
function value(cell) {
  if (cell === null || cell === undefined || cell === "") return null;
  const node = el("span", "", named(cell));
  if (isAgency(cell)) node.title = cell;
  return node;
}

// What else is known of the same person.
function others(clue) {
  const same = [...clues.values()].filter(entry => !entry.gone && clue.person && entry.clue.person === clue.person && entry.clue.id !== clue.id);
  if (same.length === 0) return [];
  const list = el("ul", "others");
  list.append(...same.map(entry => {
    const item = el("li");
    const title = button("", ruleName(entry.clue.rule, entry.clue.title), () => open(entry.clue));
    const said = wordsOf(entry.clue);
    item.append(el("span", `badge ${entry.clue.level}`, levelName(entry.clue.level)), " ", title, said);
    said.className = "quiet";
    return item;
  }));
  return [el("h3", "", say("others")), list];
}

// The part as it was for the same clue, until it is read again: nothing jumps.
function kept(name, className, clue) {
  const node = el(name, className);
  const old = at("detail").querySelector("article").dataset.clue === clue.id && at("detail").querySelector(`.${className}`);
  if (old) node.append(...old.childNodes);
  else node.append(el(name === "ol" ? "li" : "p", "quiet", say("loading")));
  return node;
}

// The form as it was, with what was written into it.
const keptCase = clue => (at("detail").querySelector("article").dataset.clue === clue.id && at("detail").querySelector(".casework")) || el("div", "casework");

const unreadable = (node, tag) => node.replaceChildren(el(tag, "quiet", say("unreadable")));

// A step that changed the level says from which to which.
function drawSteps(list, items) {
  list.replaceChildren(...items.map((step, i) => {
    const was = items[i - 1];
    const levels = was && step.op === "change" && was.level !== step.level ? [was.level, step.level] : step.op === "withdraw" ? [] : [step.level];
    const said = step.cause.kind === "verdict";
    const item = el("li", said ? "said" : step.op === "withdraw" ? "closed" : step.level);
    const head = el("p");
    const [what, how] = said ? [stateInWords(step.state, step.dismissal), ""] : [opName(step.op), levels.map(levelName).join(" → ")];
    head.append(el("time", "", step.now || ""), " ", el("b", "", what), " ", el("span", "", how));
    item.append(head, el("p", "quiet", causeInWords(step.op, step.cause, agencyName, stateInWords)));
    if (step.note) item.append(el("p", "note", step.note));
    if (was?.state === "dismissed" && step.state === "new") item.append(el("p", "quiet", say("dismissalEnded")));
    return item;
  }));
}

function drawWhyGone(article, last) {
  const place = article.querySelector(".meaning.withdrawn");
  if (place && last) place.textContent = [last.now, causeInWords(last.op, last.cause, agencyName, stateInWords), say("goneMeans")].filter(Boolean).join(" · ");
}

function drawRows(node, found) {
  if (found.length === 0) return node.replaceChildren(el("p", "quiet", say("noRows")));
  node.replaceChildren(...found.flatMap(([name, rows]) => rows.map(row => {
    const part = el("section", "record");
    part.append(el("h4", "", relationName(name)), pairs(Object.entries(row).map(([column, cell]) => [titleOf(name, column), isAgency(cell) ? value(cell) : cellName(column, cell)])));
    return part;
  })));
}

at("close").onclick = () => at("detail").close();
at("print").onclick = () => window.print();
// Only the dark around it: the dialog itself is filled by what is in it.
at("detail").onclick = event => { if (event.target === at("detail")) at("detail").close(); };
at("detail").onclose = leave;
// Streams tell of clues that hold: what was said of one that is gone, also by somebody else, is asked for.
at("detail").addEventListener("said", async () => {
  const of = shown?.id;
  if (!of || !(clues.get(of)?.gone ?? shown.machine === "withdrawn")) return;
  const now = await oneClue(of).catch(() => null);
  if (!now || shown?.id !== of) return;
  const known = clues.get(of);
  if (known?.gone) known.clue = now;
  shown = now;
  fill();
  const form = at("detail").querySelector("article form");
  if (form) form.dataset.seen = now.changed;
});
window.onpopstate = followAddress;
