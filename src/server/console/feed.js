// The stream of changes, and what holds by it. Keeps a map of clues and tells the page after each event; knows nothing of how it looks.

const RETRY_MS = 3000;
const GONE_FOR_MS = 6000;
const LATEST = 12;
const DAY_EVERY_MS = 400;

export const clues = new Map();   // id -> { clue, order, gone, fresh }
export const latest = [];         // the last changes, the newest first
export const seen = { state: "connecting", stale: false, day: null, opened: 0, closed: 0 };

let told = () => {};
let order = 0;
let loading = false;
let position = null;
let dayAsked = 0;

export function follow(tell) {
  told = tell;
  connect();
}

// Behind the last position that was read whole, if there is one: nothing is lost and nothing comes twice.
function connect() {
  seen.state = "connecting";
  const behind = position;
  const stream = new EventSource(behind ? `/v1/subscribe?after=${encodeURIComponent(behind)}` : "/v1/subscribe");
  let answered = false;
  const on = (name, act) => stream.addEventListener(name, event => {
    answered = true;
    act(event.data ? JSON.parse(event.data) : {});
    if (event.lastEventId) position = event.lastEventId;
    told();
  });
  on("snapshot-begin", () => { clues.clear(); loading = true; seen.state = "loading"; });
  on("snapshot-end", data => { loading = false; arrived(data); });
  on("change", data => { ofClock(data.cause); data.changes.forEach(change => apply(change, data.cause)); });
  on("complete", arrived);
  on("lagging", () => { seen.state = "behind"; });
  on("reset", () => { position = null; seen.state = "connecting"; });
  stream.onopen = () => {
    if (seen.state !== "lost") return;
    seen.state = "connecting";
    told();
  };
  stream.onerror = () => {
    seen.state = "lost";
    told();
    // While it says CONNECTING the browser itself comes back, with Last-Event-ID. A refused position or a full server closes for good.
    if (stream.readyState !== EventSource.CLOSED) return;
    if (behind && !answered) position = null;
    setTimeout(connect, RETRY_MS);
  };
}

function arrived(data) {
  seen.stale = Boolean(data.stale);
  seen.state = "live";
  askDay();
}

function ofClock(cause) {
  if (cause?.kind === "clock") comes(String(cause.now).slice(0, 10));
}

function comes(day) {
  if (day === seen.day) return;
  Object.assign(seen, { day, opened: 0, closed: 0 });
}

// A day on which no clue moves brings no change: the clock itself is asked, now and then.
async function askDay() {
  if (Date.now() - dayAsked < DAY_EVERY_MS) return;
  dayAsked = Date.now();
  try {
    const answer = await fetch("/v1/relations/today/rows");
    const day = answer.ok && (await answer.json()).items[0]?.day;
    if (day && day > (seen.day || "")) { comes(day); told(); }
  } catch {
    // The line is down; the stream says so.
  }
}

function apply(change, cause) {
  const clue = change.clue;
  if (!clue) return;
  const gone = change.op === "withdraw";
  clues.set(clue.id, { clue, order: ++order, gone, fresh: !loading });
  if (loading) return;
  if (gone) {
    seen.closed += 1;
    setTimeout(() => { if (clues.get(clue.id)?.gone) { clues.delete(clue.id); told(); } }, GONE_FOR_MS);
  } else if (change.op !== "change") {
    seen.opened += 1;
  }
  latest.unshift({ key: order, op: change.op, clue, cause, day: seen.day });
  latest.length = Math.min(latest.length, LATEST);
}
