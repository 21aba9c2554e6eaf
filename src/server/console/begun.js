// Cases that people began and whose clue was withdrawn since: they wait for their end, and no stream speaks of them. They are asked for where
// one may have come, gone or moved on.

import { seen } from "./feed.js";
import { agencyName, casesBegun } from "./record.js";
import { open } from "./detail.js";
import { at, button, el, inChinese, keyed } from "./draw.js";
import { stateName } from "./case.js";
import { ruleName } from "./pack.js";
import { say } from "./words.js";

// With none of these the case is at its end, or there never was one.
const WAITING = ["checking", "confirmed", "opinion-issued", "replied", "rectified"];

let begun = { items: [], more: false };
let asked = null;     // the moment of the feed for which they were asked

export function drawBegun() {
  if (seen.state === "live" && asked !== seen.cases) ask();
  const { items, more } = begun;
  at("begun-part").hidden = items.length === 0;
  at("begun-count").textContent = `${items.length}${more ? "+" : ""}`;
  keyed(at("begun"), items, clue => clue.id, newRow, drawRow);
}

function ask() {
  const moment = seen.cases;
  asked = moment;
  casesBegun(WAITING).then(answer => { begun = answer; drawBegun(); }, () => { if (asked === moment) asked = null; });
}

function newRow() {
  const item = el("li");
  const row = button("");
  row.append(el("b"), el("span"), inChinese(el("small")));
  item.append(row);
  return item;
}

function drawRow(item, clue) {
  const [state, title, agency] = item.firstChild.children;
  state.textContent = stateName(clue.state);
  title.textContent = ruleName(clue.rule, clue.title);
  agency.textContent = agencyName(clue.agency) || say("none");
  item.firstChild.onclick = () => open(clue);
}

// Somebody moved one on: here, or elsewhere before the reader looks.
const askAnew = () => { asked = null; drawBegun(); };
at("detail").addEventListener("said", askAnew);
at("begun-part").addEventListener("toggle", askAnew);
