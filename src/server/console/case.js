// Case work: what people make of a clue, in words, and the form with which they say it. Which state may follow which is the server's to
// decide; this page offers what it will take.

import { button, el } from "./draw.js";
import { either, say } from "./words.js";

const NOTE_CHARS = 2000;

const STATES = {
  new: ["待核查", "New"],
  checking: ["核查中", "Checking"],
  confirmed: ["属实", "Confirmed"],
  dismissed: ["已排除", "Dismissed"],
  "opinion-issued": ["已制发意见", "Opinion issued"],
  replied: ["已回复", "Replied"],
  rectified: ["已整改", "Rectified"],
  closed: ["办结", "Closed"],
};

const REASONS = {
  "paper-arrived-otherwise": ["文书已经其他途径送达", "The paper came another way"],
  "identity-mistaken": ["人员认定有误", "It is another person"],
  "data-error": ["报送的数据有误", "The records sent are wrong"],
  "data-incomplete": ["报送的数据不全", "The records sent are not complete"],
  "not-owed-by-law": ["依法不负有该项义务", "The law does not ask for it here"],
  "person-prevented": ["本人有正当理由", "The person had a good reason"],
  "decision-changed": ["原决定已撤销或者变更", "The decision was annulled or changed"],
  "other-jurisdiction": ["不属于本地管辖", "Another place is in charge"],
  "already-handled": ["已经另行处理", "It was dealt with already"],
  "other-with-note": ["其他（见说明）", "Another reason, which the note says"],
};

const NEXT = {
  new: ["checking", "confirmed", "dismissed"],
  checking: ["checking", "confirmed", "dismissed"],
  confirmed: ["checking", "confirmed", "dismissed", "opinion-issued", "rectified", "closed"],
  dismissed: ["checking", "confirmed", "dismissed"],
  "opinion-issued": ["checking", "confirmed", "dismissed", "opinion-issued", "replied", "rectified", "closed"],
  replied: ["checking", "confirmed", "dismissed", "opinion-issued", "replied", "rectified", "closed"],
  rectified: ["checking", "confirmed", "rectified", "closed"],
  closed: ["checking", "confirmed", "closed"],
};

export const STATE_NAMES = Object.keys(STATES);
export const stateName = state => (STATES[state] ? either(STATES[state]) : state);
export const reasonName = reason => (REASONS[reason] ? either(REASONS[reason]) : reason);
export const stateInWords = (state, dismissal) => [stateName(state), dismissal && reasonName(dismissal)].filter(Boolean).join(" · ");

// The state now, and what may be said next. A form that is being filled in stays as it is while the clue is in the same state.
export function drawCase(node, clue, gone) {
  const stamp = [clue.id, clue.state, clue.dismissal, gone, say("say")].join(" ");
  if (node.dataset.stamp === stamp) {
    const begun = node.querySelector("form");
    if (begun && !isBegun(begun)) begun.dataset.seen = clue.changed;
    return node;
  }
  // What the reader was told stays to be read beside the state that was the cause of it.
  const told = node.dataset.stamp?.startsWith(`${clue.id} `) ? node.querySelector(".told")?.textContent : "";
  node.dataset.stamp = stamp;
  const now = el("p", "now");
  now.append(el("span", `case ${clue.state}`, stateInWords(clue.state, clue.dismissal)));
  // A case that was begun goes on when the clue is gone.
  node.replaceChildren(now, ...(gone && clue.state === "new" ? [] : [form(clue)]));
  if (told) node.querySelector(".told")?.replaceChildren(told);
  return node;
}

// Who has begun to fill it in judges the clue as it was then.
const isBegun = node => [...node.elements].some(field => field.value && field.type !== "submit");

function form(clue) {
  const node = el("form");
  node.dataset.seen = clue.changed;
  const [state, reason] = [choice("toState", NEXT[clue.state] || [], stateName), choice("forReason", Object.keys(REASONS), reasonName)];
  const note = el("textarea");
  Object.assign(note, { rows: 2, maxLength: NOTE_CHARS });
  const why = labelled("note", note, say("noteMeans"));
  const told = el("p", "told");
  told.setAttribute("role", "status");
  const send = button("send", say("say"));
  send.type = "submit";
  const fit = () => {
    const dismisses = state.select.value === "dismissed";
    reason.label.hidden = !dismisses;
    reason.select.required = dismisses;
    note.required = dismisses && reason.select.value === "other-with-note";
  };
  state.select.required = true;
  state.select.onchange = fit;
  reason.select.onchange = fit;
  fit();
  node.append(state.label, reason.label, why, send, told);
  node.onsubmit = async event => {
    event.preventDefault();
    send.disabled = true;
    const said = { state: state.select.value, reason: reason.label.hidden ? null : reason.select.value, note: note.value };
    told.textContent = await answer(node, said);
    fit();
    send.disabled = false;
  };
  return node;
}

// By the clue as it was when the form was begun: what came since then is not what the reader judges. Who was told so and says it again has
// looked again.
async function answer(node, said) {
  const { clue } = node.closest("article").dataset;
  try {
    const sent = await fetch(`/v1/clues/${encodeURIComponent(clue)}/verdicts`, {
      method: "POST", headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang }, body: JSON.stringify({ ...said, position: node.dataset.seen }),
    });
    const answered = await sent.json();
    if (sent.ok) {
      node.reset();
      node.dataset.seen = answered.position;
    } else if (sent.status === 409) {
      node.dataset.seen = node.closest("article")?.dataset.changed ?? node.dataset.seen;
    }
    if (sent.ok || sent.status === 409) node.dispatchEvent(new CustomEvent("said", { bubbles: true }));
    return sent.ok ? "" : [answered.title, answered.errors?.[0]?.message ?? answered.detail].join(" · ");
  } catch {
    return say("notSaid");
  }
}

// Nothing is chosen at first: who presses too early says nothing.
function choice(name, values, nameOf) {
  const select = el("select");
  select.append(...["", ...values].map(value => {
    const option = el("option", "", value ? nameOf(value) : say("choose"));
    option.value = value;
    return option;
  }));
  return { select, label: labelled(name, select) };
}

function labelled(name, field, hint) {
  const label = el("label");
  label.append(el("span", "", say(name)), field);
  if (hint) field.placeholder = hint;
  return label;
}
