// The stream of changes, and what holds by it. Keeps a map of clues and tells the page after each event; knows nothing of how it looks.

import { clock } from "./record.js";

const RETRY_MS = 3000;
const GONE_FOR_MS = 6000;
const LATEST = 12;
const DAY_EVERY_MS = 400;
const DAY_EVERY_MOST_MS = 10000;
// The server says something each second. A line that is silent so long is dead, though nobody closed it: the network went, or the lid.
const SILENT_MS = 15000;

// id -> { clue, order, place, gone, over, fresh, cause }. A withdrawn clue is `gone`, and a while later `over`: the page may forget it.
export const clues = new Map();
export const latest = [];         // the last changes, the newest first
// `whole`: the page was there when the day began, so that it saw all that happened on it. `rules`: how often other rules came; `cases`:
// how often a clue of which people said something went or came back.
export const seen = { state: "connecting", stale: false, day: null, whole: false, opened: 0, closed: 0, rules: 0, cases: 0 };

let told = () => {};
let order = 0;
let loading = false;
let position = null;
let dayAsked = { at: 0, position: null, wait: DAY_EVERY_MS };
let heard = 0;
let line = null;

export function follow(tell) {
  told = tell;
  connect();
  setInterval(listen, SILENT_MS / 5);
}

function listen() {
  if (!line || Date.now() - heard < SILENT_MS) return;
  line.close();
  seen.state = "lost";
  told();
  connect();
}

// Behind the last position that was read whole, if there is one: nothing is lost and nothing comes twice.
function connect() {
  if (seen.state !== "lost") seen.state = "connecting";
  const behind = position;
  const stream = new EventSource(behind ? `/v1/subscribe?after=${encodeURIComponent(behind)}` : "/v1/subscribe");
  line = stream;
  heard = Date.now();
  let answered = false;
  const on = (name, act) => stream.addEventListener(name, event => {
    answered = true;
    heard = Date.now();
    // An act that says so changed nothing that is seen: the server speaks each second.
    const same = act(event.data ? JSON.parse(event.data) : {});
    if (event.lastEventId) position = event.lastEventId;
    if (seen.state === "live") askDay();
    if (same !== true) told();
  });
  on("snapshot-begin", () => {
    clues.clear();
    seen.cases += 1;
    Object.assign(seen, { state: "loading", whole: false, opened: 0, closed: 0 });
    loading = true;
  });
  on("snapshot-end", data => { loading = false; arrived(data); });
  on("change", data => {
    ofClock(data.cause);
    data.changes.forEach(change => apply(change, data.cause));
    return loading;
  });
  on("complete", arrived);
  on("rules-changed", () => { seen.rules += 1; });
  on("lagging", () => { seen.state = "behind"; });
  on("reset", () => { position = null; seen.state = "connecting"; });
  stream.onopen = () => {
    if (seen.state !== "lost") return;
    seen.state = "connecting";
    told();
  };
  stream.onerror = () => {
    seen.state = "lost";
    heard = Date.now();
    told();
    // While it says CONNECTING the browser itself comes back, with Last-Event-ID. A refused position or a full server closes for good.
    if (stream.readyState !== EventSource.CLOSED) return;
    if (behind && !answered) position = null;
    line = null;
    setTimeout(connect, RETRY_MS);
  };
}

function arrived(data) {
  const same = seen.state === "live" && seen.stale === Boolean(data.stale);
  Object.assign(seen, { stale: Boolean(data.stale), state: "live" });
  return same;
}

function ofClock(cause) {
  if (cause?.kind === "clock") comes(String(cause.now).slice(0, 10));
}

function comes(day) {
  if (day === seen.day) return;
  Object.assign(seen, { day, whole: seen.day !== null, opened: 0, closed: 0 });
}

// A day on which no clue moves brings no change: the clock itself is asked where something happened that is not seen, and less and less often
// while it is the same day.
async function askDay() {
  const shown = clock();
  if (!shown || position === dayAsked.position || Date.now() - dayAsked.at < dayAsked.wait) return;
  dayAsked = { at: Date.now(), position, wait: Math.min(2 * dayAsked.wait, DAY_EVERY_MOST_MS) };
  try {
    const answer = await fetch(`/v1/relations/${shown.name}/rows`);
    const day = answer.ok && (await answer.json()).items[0]?.[shown.column]?.slice(0, 10);
    if (!day || day <= (seen.day || "")) return;
    dayAsked.wait = DAY_EVERY_MS;
    comes(day);
    told();
  } catch {
    // The line is down; the stream says so.
  }
}

function apply(change, cause) {
  const clue = change.clue;
  if (!clue) return;
  const gone = change.op === "withdraw";
  order += 1;
  // One that goes stays where it was, until the page forgets it; so does one of which somebody said something.
  const stays = gone || cause?.kind === "verdict";
  const place = (stays && clues.get(clue.id)?.place) || order;
  if ((gone || change.op === "reopen") && clue.state !== "new") seen.cases += 1;
  const entry = { clue, order, place, gone, over: false, fresh: !loading, cause };
  clues.set(clue.id, entry);
  if (loading) return;
  if (gone) {
    seen.closed += 1;
    setTimeout(() => { entry.over = true; told(); }, GONE_FOR_MS);
  } else if (change.op !== "change") {
    seen.opened += 1;
  }
  latest.unshift({ key: order, op: change.op, clue, was: change.was?.level, cause, day: seen.day });
  latest.length = Math.min(latest.length, LATEST);
}
