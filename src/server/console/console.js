// The page: counts, list and latest changes, drawn from the feed. All text goes in as text.

import { clues, follow, latest, seen } from "./feed.js";
import { agencyName, learn } from "./record.js";
import { open, redraw } from "./detail.js";
import { at, el, keyed } from "./draw.js";
import { language, levelName, ruleName, say, switchLanguage } from "./words.js";

const SHOWN = 300;
const LEVELS = ["violation", "hint", "quality"];

const chosen = { rule: null, agency: null, level: null, text: "", order: "newest" };
let drawing = false;
let drawnDay = null;

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}

function drawNow() {
  drawStatus();
  const held = [...clues.values()].filter(entry => !entry.gone);
  at("total").textContent = held.length;
  at("moved").textContent = seen.day && seen.opened + seen.closed > 0 ? say("moved")(seen.opened, seen.closed) : "";
  drawLevels(held);
  drawCounts(at("rules"), "rule", held, clue => clue.rule, clue => ruleName(clue.rule, clue.title));
  drawCounts(at("agencies"), "agency", held, clue => clue.agency || "", clue => agencyName(clue.agency) || say("none"));
  drawLatest();
  drawClues();
}

function drawStatus() {
  const badge = at("state");
  const text = say(seen.state);
  if (badge.textContent !== text) badge.textContent = text;
  badge.className = `state ${seen.state === "live" ? "live" : seen.state === "lost" ? "lost" : ""}`;
  at("stale").hidden = !seen.stale;
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

function toggle(field, key) {
  chosen[field] = chosen[field] === key ? null : key;
  draw();
}

function drawLevels(held) {
  const counts = LEVELS.map(level => [level, held.filter(({ clue }) => clue.level === level).length]).filter(([level, n]) => n || level !== "quality");
  keyed(at("levels"), counts, ([level]) => level, () => el("button"), (button, [level, n]) => {
    button.type = "button";
    button.className = `badge ${level}`;
    button.textContent = `${levelName(level)} ${n}`;
    button.setAttribute("aria-pressed", chosen.level === level);
    button.onclick = () => toggle("level", level);
  });
}

function drawCounts(list, field, held, keyOf, nameOf) {
  const counts = new Map();
  for (const { clue } of held) {
    const key = keyOf(clue);
    const count = counts.get(key) || { name: nameOf(clue), n: 0 };
    count.n += 1;
    counts.set(key, count);
  }
  if (chosen[field] !== null && !counts.has(chosen[field])) counts.set(chosen[field], { name: labelOf(field, chosen[field]), n: 0 });
  const sorted = [...counts].sort((a, b) => b[1].n - a[1].n || (a[0] < b[0] ? -1 : 1));
  const most = Math.max(1, ...sorted.map(([, { n }]) => n));
  keyed(list, sorted, ([key]) => key, countRow, (item, [key, { name, n }]) => {
    const [button, meter] = item.children;
    button.children[0].textContent = name;
    button.children[1].textContent = n;
    button.setAttribute("aria-pressed", chosen[field] === key);
    button.onclick = () => toggle(field, key);
    meter.max = most;
    meter.value = n;
  });
}

function countRow() {
  const item = el("li");
  const button = el("button");
  button.type = "button";
  button.append(el("span"), el("span", "n"));
  const meter = el("meter");
  meter.setAttribute("aria-hidden", "true");
  item.append(button, meter);
  return item;
}

function labelOf(field, key) {
  if (field === "level") return levelName(key);
  if (field === "agency") return key ? agencyName(key) : say("none");
  const entry = [...clues.values()].find(({ clue }) => clue.rule === key);
  return ruleName(key, entry?.clue.title);
}

// --- the latest changes ---

function drawLatest() {
  at("latest-part").hidden = latest.length === 0;
  keyed(at("latest"), latest, entry => `${entry.key}`, () => {
    const item = el("li");
    const button = el("button");
    button.type = "button";
    button.append(el("time"), el("b"), el("span"));
    item.append(button);
    return item;
  }, (item, entry) => {
    const [time, op, text] = item.firstChild.children;
    time.textContent = (entry.day || "").slice(5);
    op.textContent = say("op")[entry.op] || entry.op;
    op.className = entry.op === "withdraw" ? "closed" : "";
    text.textContent = ruleName(entry.clue.rule, entry.clue.title);
    item.firstChild.onclick = () => open(entry.clue);
  });
}

// --- the list ---

function fits({ clue }) {
  const is = (field, value) => chosen[field] === null || chosen[field] === value;
  return is("rule", clue.rule) && is("agency", clue.agency || "") && is("level", clue.level) && (chosen.text === "" || textOf(clue).includes(chosen.text));
}

function textOf(clue) {
  const texts = [ruleName(clue.rule, clue.title), clue.reason, clue.basis, clue.agency, agencyName(clue.agency), clue.area, ...Object.values(clue.columns)];
  return texts.join(" ").toLowerCase();
}

function byOrder(a, b) {
  if (chosen.order === "soonest") {
    const [x, y] = [a.clue.due || "9999", b.clue.due || "9999"];
    if (x !== y) return x < y ? -1 : 1;
  }
  return b.order - a.order;
}

function drawClues() {
  const entries = [...clues.values()].filter(fits).sort(byOrder);
  keyed(at("clues"), entries.slice(0, SHOWN), entry => entry.clue.id, newCard, drawCard);
  const quiet = seen.state === "loading" || seen.state === "connecting";
  const filters = ["level", "rule", "agency"].filter(field => chosen[field] !== null).map(field => labelOf(field, chosen[field]));
  const filtered = filters.length > 0 || chosen.text !== "";
  at("empty").hidden = entries.length > 0 || quiet;
  at("empty").textContent = say(filtered ? "emptyFiltered" : "emptyAll");
  at("more").hidden = entries.length <= SHOWN;
  at("more").textContent = say("more")(entries.length - SHOWN);
  at("filter").hidden = filters.length === 0;
  at("filter").firstChild.textContent = say("filtered") + filters.join(" · ");
}

function newCard() {
  const item = el("li");
  const top = el("div", "top");
  const title = el("button", "title");
  title.type = "button";
  top.append(el("span"), title, el("span", "due"));
  item.append(top, el("p", "reason"), el("p", "meta"));
  return item;
}

function drawCard(item, entry) {
  const { clue, gone } = entry;
  const stamp = `${entry.order} ${gone} ${language()} ${agencyName(clue.agency)}`;
  if (item.dataset.stamp === stamp) return;
  item.dataset.stamp = stamp;
  item.className = `clue ${LEVELS.includes(clue.level) ? clue.level : ""} ${gone ? "gone" : ""} ${entry.fresh ? "fresh" : ""}`;
  const [top, reason, meta] = item.children;
  const [level, title, due] = top.children;
  level.className = `badge ${gone ? "" : clue.level}`;
  level.textContent = gone ? say("op").withdraw : levelName(clue.level);
  title.textContent = ruleName(clue.rule, clue.title);
  title.onclick = () => open(clue);
  due.textContent = clue.due ? `${say("due")} ${clue.due}` : "";
  reason.textContent = clue.reason;
  meta.textContent = [agencyName(clue.agency), clue.basis].filter(Boolean).join(" · ");
}

// --- words, and the beginning ---

function drawWords() {
  document.documentElement.lang = language();
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  at("lang").textContent = say("other");
  at("lang").lang = language() === "zh" ? "en" : "zh";
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
at("clear").onclick = () => { Object.assign(chosen, { rule: null, agency: null, level: null }); draw(); };
at("search").oninput = event => { chosen.text = event.target.value.trim().toLowerCase(); draw(); };
at("order").onchange = event => { chosen.order = event.target.value; draw(); };
// A phone shows the clues first.
if (matchMedia("(max-width: 760px)").matches) document.querySelector(".filters").open = false;

// Names may come later than clues, or when agencies do: they are asked for again while a code stands where a name should.
let asked = 0;
function learnNames() {
  const nameless = [...clues.values()].some(({ clue }) => clue.agency && agencyName(clue.agency) === clue.agency);
  if ((asked > 0 && !nameless) || Date.now() - asked < 2000) return;
  asked = Date.now();
  learn().then(draw, () => {});
}

drawWords();
follow(() => { draw(); learnNames(); });
