// How sure the law is that a clue rests on: the mark of its article, in words.

import { articleInForce } from "./record.js";
import { el, inChinese } from "./draw.js";
import { say } from "./words.js";

// The pack's marks: the article's own text was read; it was read elsewhere. Anything else nobody verified.
const MARKS = { V: "verified", V2: "verifiedSecond" };

const articleFor = clue => articleInForce(clue.basis, clue.due);

export function isUnverified(clue) {
  const found = articleFor(clue);
  return found === false || (found !== null && !MARKS[found.verified]);
}

// What a clue rests on, and how sure that is.
export function basisOf(clue) {
  const place = el("span");
  const found = articleFor(clue);
  place.append(inChinese(el("span", "", clue.basis)));
  if (found === null) return place;
  const sure = MARKS[found.verified];
  place.append(" ", el("span", `mark ${sure ? "sure" : ""}`, say(sure || "unverified")));
  return place;
}

// The article itself, under its full name.
export function articleOf(clue) {
  const found = articleFor(clue);
  if (!found || !found.text) return null;
  const place = inChinese(el("p", "law"));
  place.append(el("b", "", found.title), " ", found.text);
  return place;
}
