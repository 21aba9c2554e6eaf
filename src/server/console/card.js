// One clue in the list.

import { seen } from "./feed.js";
import { agencyName, named } from "./record.js";
import { button, el, inChinese, sentence } from "./draw.js";
import { isUnverified } from "./law.js";
import { stateInWords } from "./case.js";
import { causeInWords, language, levelMeans, levelName, say } from "./words.js";
import { reasonInEnglish, ruleName } from "./pack.js";

const DAY_MS = 86400000;

export function newCard() {
  const item = el("li");
  const top = el("div", "top");
  top.append(el("span"), button("title"), el("span", "case"), el("span", "due"));
  item.append(top, el("p", "reason"), el("p", "meta"));
  return item;
}

export function drawCard(item, entry, open) {
  const { clue, gone } = entry;
  const unverified = isUnverified(clue);
  const stamp = [entry.order, gone, language(), agencyName(clue.agency), seen.day, unverified].join(" ");
  if (item.dataset.stamp === stamp) return;
  const again = item.classList.contains("fresh") && item.dataset.order !== `${entry.order}`;
  Object.assign(item.dataset, { stamp, order: entry.order });
  if (again) startAnew(item);
  item.className = `clue ${clue.level} ${gone ? "gone" : ""} ${entry.fresh ? "fresh" : ""}`;
  const [top, reason, meta] = item.children;
  const [level, title, state, due] = top.children;
  level.className = `badge ${gone ? "withdrawn" : clue.level}`;
  level.textContent = gone ? say("gone") : levelName(clue.level);
  level.title = gone ? "" : levelMeans(clue.level);
  title.textContent = ruleName(clue.rule, clue.title);
  title.onclick = () => open(clue);
  state.className = `case ${clue.state}`;
  state.textContent = stateInWords(clue.state, clue.dismissal);
  state.hidden = clue.state === "new";
  const how = dueInWords(clue, seen.day);
  due.replaceChildren(...(clue.due && !gone ? [`${say("due")} `, el("span", "date", clue.due), how && ` · ${how}`] : []));
  sayReason(reason, clue);
  drawMeta(meta, entry, unverified);
}

// In English where this page can say it, otherwise as the rule does.
export function sayReason(node, clue) {
  const english = reasonInEnglish(clue, named);
  if (english) node.removeAttribute("lang");
  else inChinese(node);
  return sentence(node, english || clue.reason);
}

// What happens again is marked again.
function startAnew(item) {
  item.classList.remove("fresh");
  void item.offsetWidth;
}

// Whom it concerns and what it rests on; of one that is withdrawn, why.
function drawMeta(meta, { clue, gone, cause }, unverified) {
  if (gone) return meta.replaceChildren(causeInWords("withdraw", cause, agencyName, stateInWords));
  const names = [agencyName(clue.agency), clue.basis].filter(Boolean).map(name => inChinese(el("span", "", name)));
  const parts = names.flatMap((name, i) => (i > 0 ? [" · ", name] : [name]));
  if (unverified) parts.push(" ", el("span", "mark", say("unverified")));
  meta.replaceChildren(...parts);
}

// How far the last day is, from today; of what came after it, by how much.
export function dueInWords(clue, today) {
  const late = clue.columns.days_late;
  if (Number.isInteger(late)) return say("late")(late);
  if (!clue.due || !today) return "";
  const days = Math.round((Date.parse(today) - Date.parse(clue.due.slice(0, 10))) / DAY_MS);
  if (Number.isNaN(days)) return "";
  return days === 0 ? say("dueToday") : days > 0 ? say("pastDue")(days) : say("toDue")(-days);
}
