// The clues, live. One stream of events fills a map; the page is drawn from the map. All text goes in as text.
"use strict";

const SHOWN = 500;
const GONE_FOR_MS = 6000;
const RETRY_MS = 3000;

const WORDS = {
  zh: {
    subtitle: "监督线索", open: "条线索", byRule: "按规则", byAgency: "按机关", empty: "目前没有线索。", close: "关闭",
    stale: "规则已暂停，线索未更新", live: "实时", connecting: "连接中…", lost: "连接中断，重试中…", loading: "载入中…", behind: "追赶中…",
    violation: "违法", hint: "提示", quality: "数据", due: "期限", agency: "机关", person: "人员", basis: "依据", area: "地区",
    evidence: "证据行数", all: "全部", filtered: "仅显示：", more: n => `另有 ${n} 条未显示，可按规则或机关筛选。`, columns: "内容", history: "经过",
    none: "（无机关）", other: "EN",
    op: { open: "产生", change: "变更", withdraw: "撤销", reopen: "重新产生" },
    cause: c => ({ batch: `数据来自 ${c.agency}`, clock: `日期到 ${c.now}`, rules: `规则更新 ${c.pack} ${c.version}` })[c.kind] || "",
  },
  en: {
    subtitle: "supervision clues", open: "clues", byRule: "By rule", byAgency: "By agency", empty: "No clue holds now.", close: "Close",
    stale: "rules suspended, clues stand still", live: "live", connecting: "connecting…", lost: "line lost, retrying…", loading: "loading…", behind: "catching up…",
    violation: "violation", hint: "hint", quality: "quality", due: "due", agency: "agency", person: "person", basis: "basis", area: "area",
    evidence: "rows of evidence", all: "all", filtered: "Only: ", more: n => `${n} more are not shown; choose a rule or an agency.`, columns: "Columns", history: "History",
    none: "(no agency)", other: "中文",
    op: { open: "opened", change: "changed", withdraw: "withdrawn", reopen: "reopened" },
    cause: c => ({ batch: `records of ${c.agency}`, clock: `the clock came to ${c.now}`, rules: `rules ${c.pack} ${c.version}` })[c.kind] || "",
  },
};

const clues = new Map();   // id -> { clue, seq, gone, fresh }
const chosen = { rule: null, agency: null };
let lang = "zh";
let state = "connecting";
let seq = 0;
let drawing = false;
let loading = false;

const at = id => document.getElementById(id);
const say = name => WORDS[lang][name];

function el(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

// --- the stream ---

function connect() {
  setState("connecting");
  const stream = new EventSource("/v1/subscribe");
  const on = (name, act) => stream.addEventListener(name, event => {
    act(event.data ? JSON.parse(event.data) : {});
    draw();
  });
  on("snapshot-begin", () => { clues.clear(); loading = true; setState("loading"); });
  on("snapshot-end", data => { loading = false; arrived(data); });
  on("change", data => data.changes.forEach(apply));
  on("complete", arrived);
  on("lagging", () => setState("behind"));
  on("reset", () => setState("connecting"));
  stream.onopen = () => { if (state === "lost") setState("connecting"); };
  stream.onerror = () => {
    setState("lost");
    // A refused position (410) or a full server closes for good: begin again from a snapshot.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  };
}

function arrived(data) {
  at("stale").hidden = !data.stale;
  setState("live");
}

function apply(change) {
  if (!change.clue) return;
  const id = change.clue.id;
  if (change.op === "withdraw") {
    clues.set(id, { clue: change.clue, seq: ++seq, gone: true });
    setTimeout(() => {
      if (clues.get(id)?.gone) { clues.delete(id); draw(); }
    }, GONE_FOR_MS);
  } else {
    clues.set(id, { clue: change.clue, seq: ++seq, gone: false, fresh: !loading });
  }
}

function setState(next) {
  state = next;
  draw();
}

// --- the page ---

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; drawNow(); });
}

function drawNow() {
  const badge = at("state");
  badge.textContent = say(state);
  badge.className = `state ${state === "live" ? "live" : state === "lost" ? "lost" : ""}`;
  const held = [...clues.values()].filter(entry => !entry.gone);
  at("total").textContent = held.length;
  drawCounts(at("rules"), "rule", held, clue => clue.rule, clue => clue.title || clue.rule);
  drawCounts(at("agencies"), "agency", held, clue => clue.agency || "", clue => clue.agency || say("none"));
  drawClues();
}

function drawCounts(list, field, entries, keyOf, nameOf) {
  const counts = new Map();
  for (const { clue } of entries) {
    const key = keyOf(clue);
    const count = counts.get(key) || { name: nameOf(clue), n: 0 };
    count.n += 1;
    counts.set(key, count);
  }
  const sorted = [...counts].sort((a, b) => b[1].n - a[1].n || (a[0] < b[0] ? -1 : 1));
  list.replaceChildren(...sorted.map(([key, { name, n }]) => {
    const button = el("button", chosen[field] === key ? "on" : "");
    button.type = "button";
    button.append(el("span", "", name), el("span", "n", n));
    button.setAttribute("aria-pressed", chosen[field] === key);
    button.onclick = () => { chosen[field] = chosen[field] === key ? null : key; draw(); };
    const item = el("li");
    item.append(button);
    return item;
  }));
}

function drawClues() {
  const fits = ({ clue }) =>
    (chosen.rule === null || clue.rule === chosen.rule) && (chosen.agency === null || (clue.agency || "") === chosen.agency);
  const entries = [...clues.values()].filter(fits).sort((a, b) => b.seq - a.seq);
  at("clues").replaceChildren(...entries.slice(0, SHOWN).map(card));
  at("empty").hidden = entries.length > 0 || state === "loading" || state === "connecting";
  at("more").hidden = entries.length <= SHOWN;
  at("more").textContent = say("more")(entries.length - SHOWN);
  const names = [chosen.rule, chosen.agency].filter(name => name !== null);
  at("filter").hidden = names.length === 0;
  at("filter").textContent = say("filtered") + names.join(" · ");
}

function card(entry) {
  const clue = entry.clue;
  const item = el("li", `clue ${levelClass(clue.level)} ${entry.gone ? "gone" : ""} ${entry.fresh ? "fresh" : ""}`);
  entry.fresh = false;
  item.tabIndex = 0;
  const top = el("div", "top");
  top.append(level(clue.level), el("b", "", clue.title || clue.rule));
  if (clue.due) top.append(el("span", "due", `${say("due")} ${clue.due}`));
  item.append(top);
  if (clue.reason) item.append(el("p", "reason", clue.reason));
  item.append(el("p", "meta", [clue.agency, clue.area, clue.basis].filter(Boolean).join(" · ")));
  item.onclick = () => detail(clue);
  item.onkeydown = event => { if (event.key === "Enter") detail(clue); };
  return item;
}

function levelClass(name) {
  return name === "violation" || name === "hint" ? name : "";
}

function level(name) {
  return el("span", `badge ${levelClass(name)}`, say(name) && typeof say(name) === "string" ? say(name) : name);
}

function pairs(entries) {
  const list = el("dl");
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", "", name), el("dd", "", value));
  }
  return list;
}

async function detail(clue) {
  const article = at("detail").querySelector("article");
  const steps = el("ol", "steps");
  const head = el("h3");
  head.append(level(clue.level), " ", clue.title || clue.rule);
  const facts = ["agency", "person", "area", "due", "basis", "evidence"].map(name => [say(name), clue[name]]);
  article.replaceChildren(
    head, el("p", "reason", clue.reason), pairs(facts),
    el("h4", "", say("columns")), pairs(Object.entries(clue.columns)),
    el("h4", "", say("history")), steps,
  );
  at("detail").showModal();
  try {
    const answer = await fetch(`/v1/clues/${encodeURIComponent(clue.id)}/history`);
    if (!answer.ok) return;
    const { items } = await answer.json();
    steps.replaceChildren(...items.map(step => el("li", "", `${say("op")[step.op] || step.op}：${say("cause")(step.cause)}`)));
  } catch {
    // The line is down; the state above says so.
  }
}

function setLang(next) {
  lang = next;
  document.documentElement.lang = lang;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  at("lang").textContent = say("other");
  draw();
}

at("lang").onclick = () => setLang(lang === "zh" ? "en" : "zh");
at("close").onclick = () => at("detail").close();
setLang("zh");
connect();
