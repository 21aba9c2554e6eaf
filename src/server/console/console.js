// The page: counts, list and latest changes, drawn from the feed. All text goes in as text.

import { clues, follow, latest, seen } from "./feed.js";
import { agencyName, learn } from "./record.js";
import { drawBegun } from "./begun.js";
import { drawCard, newCard } from "./card.js";
import { STATE_NAMES, stateInWords, stateName } from "./case.js";
import { followAddress, keepUp, open, redraw } from "./detail.js";
import { at, button, el, inChinese, keyed } from "./draw.js";
import { causeInWords, language, levelMeans, levelName, opName, say, switchLanguage } from "./words.js";
import { ruleName } from "./pack.js";

const SHOWN = 200;
const HOLD_MS = 2500;
const NAMES_MS = 2000;
const NAMES_MOST_MS = 60000;
const FIELDS = ["level", "rule", "agency", "state"];
const LEVELS = ["violation", "hint", "quality"];

const chosen = { rule: null, agency: null, level: null, state: null, text: "", order: "newest" };
let drawing = false;
let drawnDay = null;
let shown = SHOWN;    // how many cards at most
let pointed = 0;      // when the pointer last moved over the list
let again = null;     // the drawing that waits for it to rest

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}

function drawNow() {
  drawStatus();
  forgetOver();
  const held = [...clues.values()].filter(entry => !entry.gone);
  at("total").textContent = held.filter(({ clue }) => is(clue, "state")).length.toLocaleString("en");
  at("filters").hidden = held.length === 0 && FIELDS.every(field => chosen[field] === null);
  drawMoved();
  drawLevels(held);
  drawCounts(at("rules"), "rule", held, clue => ruleName(clue.rule, clue.title));
  drawCounts(at("agencies"), "agency", held, clue => agencyName(clue.agency) || say("none"));
  drawStates(held);
  drawBegun();
  drawLatest();
  drawClues();
  keepUp();
}

// Under a pointer that moves the list stands still: nobody presses on a clue that was another one a moment before.
const isHeld = () => Date.now() - pointed < HOLD_MS;

function forgetOver() {
  if (isHeld()) return;
  for (const [id, entry] of clues) if (entry.over) clues.delete(id);
}

function drawMoved() {
  const moved = say(seen.whole ? "movedToday" : "movedSince");
  at("moved").textContent = seen.day ? moved(seen.opened, seen.closed) : "";
}

function drawStatus() {
  const badge = at("state");
  const text = say(seen.state);
  if (badge.textContent !== text) badge.textContent = text;
  badge.className = `state ${seen.state === "live" ? "live" : seen.state === "lost" ? "lost" : ""}`;
  at("stale").hidden = !seen.stale;
  at("lost").hidden = seen.state !== "lost" || clues.size === 0;
  at("day").hidden = !seen.day;
  if (!seen.day) return;
  at("date").textContent = seen.day;
  at("date").dateTime = seen.day;
  at("weekday").textContent = say("weekdays")[new Date(`${seen.day}T00:00:00Z`).getUTCDay()];
  if (drawnDay && drawnDay !== seen.day) {
    at("day").classList.remove("turns");
    void at("day").offsetWidth;
    at("day").classList.add("turns");
  }
  drawnDay = seen.day;
}

// --- counts, which are filters ---

const keyOf = (clue, field) => clue[field] || "";
// What was put aside is seen by who asks for it.
const is = (clue, field) => (chosen[field] === null ? field !== "state" || clue.state !== "dismissed" : chosen[field] === keyOf(clue, field));

function toggle(field, key) {
  chosen[field] = chosen[field] === key ? null : key;
  act();
}

// What the reader does is seen at once, and the list begins anew.
function act() {
  pointed = 0;
  shown = SHOWN;
  draw();
}

// Of the clues that fit the other filters, how many have each value. A value that has none of them stays in its place.
function counted(field, held) {
  const others = FIELDS.filter(other => other !== field);
  const counts = new Map();
  for (const entry of held) {
    const { clue } = entry;
    const key = keyOf(clue, field);
    const count = counts.get(key) || { all: 0, n: 0, clue };
    count.all += 1;
    if (fits(entry, others)) count.n += 1;
    counts.set(key, count);
  }
  if (chosen[field] !== null && !counts.has(chosen[field])) counts.set(chosen[field], { all: 0, n: 0, clue: null });
  return counts;
}

function drawLevels(held) {
  const counts = counted("level", held);
  const levels = LEVELS.filter(level => level !== "quality" || counts.has(level));
  keyed(at("levels"), levels, level => level, () => button(""), (node, level) => {
    node.className = `badge ${level}`;
    node.textContent = `${levelName(level)} ${counts.get(level)?.n || 0}`;
    node.title = levelMeans(level);
    node.setAttribute("aria-pressed", chosen.level === level);
    node.onclick = () => toggle("level", level);
  });
}

// In the order in which one follows on another.
function drawStates(held) {
  const counts = counted("state", held);
  at("states-part").hidden = chosen.state === null && [...counts.keys()].every(state => state === "new");
  drawRows(at("states"), "state", STATE_NAMES.filter(state => counts.has(state)).map(state => [state, counts.get(state)]), clue => stateName(clue.state));
}

function drawCounts(list, field, held, nameOf) {
  const sorted = [...counted(field, held)].sort((a, b) => b[1].all - a[1].all || (a[0] < b[0] ? -1 : 1));
  drawRows(list, field, sorted, nameOf);
}

function drawRows(list, field, sorted, nameOf) {
  const most = Math.max(1, ...sorted.map(([, { all }]) => all));
  keyed(list, sorted, ([key]) => key, countRow, (item, [key, { n, clue }]) => {
    const [node, meter] = item.children;
    node.children[0].textContent = clue ? nameOf(clue) : labelOf(field, key);
    if (field === "agency") inChinese(node.children[0]);
    node.children[1].textContent = n;
    node.setAttribute("aria-pressed", chosen[field] === key);
    node.onclick = () => toggle(field, key);
    item.classList.toggle("none", n === 0);
    meter.max = most;
    meter.value = n;
  });
}

function countRow() {
  const item = el("li");
  const node = button("");
  node.append(el("span"), el("span", "n"));
  const meter = el("meter");
  meter.setAttribute("aria-hidden", "true");
  item.append(node, meter);
  return item;
}

function labelOf(field, key) {
  if (field === "level") return levelName(key);
  if (field === "state") return stateName(key);
  if (field === "agency") return key ? agencyName(key) : say("none");
  const entry = [...clues.values()].find(({ clue }) => clue.rule === key);
  return ruleName(key, entry?.clue.title);
}

// --- the latest changes ---

function drawLatest() {
  at("latest-part").hidden = latest.length === 0;
  keyed(at("latest"), latest, entry => `${entry.key}`, () => {
    const item = el("li");
    const node = button("");
    node.append(el("time"), el("b"), el("span"), el("small"));
    item.append(node);
    return item;
  }, (item, entry) => {
    const [time, op, text, why] = item.firstChild.children;
    time.textContent = (entry.day || "").slice(5);
    const turned = entry.op === "change" && entry.was !== entry.clue.level;
    op.textContent = entry.cause?.kind === "verdict" ? stateName(entry.clue.state) : turned ? `${levelName(entry.was)} → ${levelName(entry.clue.level)}` : opName(entry.op);
    op.className = entry.op === "withdraw" ? "closed" : entry.clue.level;
    why.textContent = causeInWords(entry.op, entry.cause, agencyName, stateInWords);
    text.textContent = ruleName(entry.clue.rule, entry.clue.title);
    item.firstChild.onclick = () => open(entry.clue);
  });
}

// --- the list ---

function fits(entry, fields) {
  return fields.every(field => is(entry.clue, field)) && (chosen.text === "" || textOf(entry).includes(chosen.text));
}

// Made once for each change of a clue, and again in the other language.
function textOf(entry) {
  const stamp = language() + agencyName(entry.clue.agency);
  if (entry.textFor === stamp) return entry.text;
  const { clue } = entry;
  const texts = [ruleName(clue.rule, clue.title), clue.reason, clue.basis, clue.agency, agencyName(clue.agency), clue.area, ...Object.values(clue.columns)];
  return Object.assign(entry, { textFor: stamp, text: plain(texts.join(" ")) }).text;
}

// Brackets are written in many ways and mean the same.
const plain = text => text.toLowerCase().replace(/[（〔［【[{<《]/g, "(").replace(/[）〕］】\]}>》]/g, ")");

function byOrder(a, b) {
  if (chosen.order === "soonest") {
    const [x, y] = [a.clue.due || "9999", b.clue.due || "9999"];
    if (x !== y) return x < y ? -1 : 1;
  }
  return b.place - a.place;
}

function drawClues() {
  if (isHeld()) return drawInPlace();
  const entries = [...clues.values()].filter(entry => fits(entry, FIELDS)).sort(byOrder);
  keyed(at("clues"), entries.slice(0, shown), entry => entry.clue.id, newCard, (item, entry) => drawCard(item, entry, open));
  const filters = FIELDS.filter(field => chosen[field] !== null).map(field => labelOf(field, chosen[field]));
  const filtered = filters.length > 0 || chosen.text !== "";
  at("empty").hidden = entries.length > 0 || seen.state !== "live";
  at("empty").textContent = say(filtered ? "emptyFiltered" : "emptyAll");
  at("more").hidden = entries.length <= shown;
  at("more").textContent = say("more")(Math.max(0, Math.min(SHOWN, entries.length - shown)));
  at("filter").hidden = !filtered;
  const fit = entries.filter(entry => !entry.gone).length;
  at("filter").firstChild.textContent = filters.length > 0 ? say("foundOnly")(fit, filters.join(" · ")) : say("found")(fit);
}

function drawInPlace() {
  for (const item of at("clues").children) {
    const entry = clues.get(item.dataset.key);
    if (entry) drawCard(item, entry, open);
  }
  clearTimeout(again);
  again = setTimeout(draw, HOLD_MS);
}

// --- words, and the beginning ---

function drawWords() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = `${say("name")} · ${say("subtitle")}`;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  at("lang").textContent = say("other");
  at("lang").lang = language() === "zh" ? "en" : "zh-CN";
  at("clues").setAttribute("aria-label", say("clues"));
  at("levels").setAttribute("aria-label", say("byLevel"));
  at("search").placeholder = say("search");
  const options = ["newest", "soonest"].map(name => {
    const option = el("option", "", say(name));
    option.value = name;
    option.selected = chosen.order === name;
    return option;
  });
  at("order").replaceChildren(...options);
  redraw();
  draw();
}

at("lang").onclick = () => { switchLanguage(); drawWords(); };
at("clear").onclick = () => {
  Object.assign(chosen, { rule: null, agency: null, level: null, state: null, text: "" });
  at("search").value = "";
  at("search").focus();
  act();
};
at("search").oninput = event => { chosen.text = plain(event.target.value.trim()); act(); };
at("order").onchange = event => { chosen.order = event.target.value; act(); };
at("more").onclick = () => { shown += SHOWN; draw(); };
at("clues").onpointermove = event => { if (event.pointerType === "mouse") pointed = Date.now(); };
at("clues").onpointerleave = () => { pointed = 0; };
// A phone shows the clues first.
if (matchMedia("(max-width: 760px)").matches) at("filters").open = false;

// Names may come later than clues, or when agencies do: they are asked for again after other rules, and while a code stands where a name
// should, less and less often while these are the same codes.
const names = { learnt: null, asked: null, at: 0, pause: NAMES_MS };
function learnNames() {
  const agencies = [...clues.values()].map(({ clue }) => clue.agency);
  const codes = [...new Set(agencies.filter(code => code && agencyName(code) === code))].sort().join();
  const rules = seen.rules;
  if (names.learnt === rules && !codes) return;
  const asked = `${rules} ${codes}`;
  if (asked !== names.asked) names.pause = NAMES_MS;
  if (Date.now() - names.at < names.pause) return;
  Object.assign(names, { asked, at: Date.now(), pause: Math.min(2 * names.pause, NAMES_MOST_MS) });
  learn().then(() => { names.learnt = rules; draw(); redraw(); }, () => {});
}

drawWords();
follow(() => { draw(); learnNames(); });
setInterval(learnNames, NAMES_MS);
followAddress();
