// The records that a clue speaks of: found by its key columns, which name them.

import { columnName, relationName as nameOfRelation, valueName } from "./pack.js";
import { say } from "./words.js";

const ROWS_EACH = 20;

// Relation, which column of it equals which column of the clue (the first that is there), and which further ones do if the clue has them.
const BEHIND = [
  ["admin_penalty", { organ: ["organ", "agency"], decision_no: ["decision_no"] }],
  ["coercive_measure", { organ: ["organ", "agency"], measure_no: ["measure_no"] }],
  ["judgment", { court: ["court"], case_no: ["case_no"] }],
  ["judgment_person", { court: ["court"], case_no: ["case_no"] }, ["defendant"]],
  ["correction_person", { case_no: ["case_no"] }],
  ["dpr_release", { prison: ["prison", "agency"], release_no: ["release_no"] }],
  ["document_receipt", { re_no: ["decision_no"] }],
  ["document_receipt", { re_no: ["measure_no"] }],
  ["document_receipt", { re_no: ["case_no"] }],
  ["document_receipt", { re_no: ["release_no"] }],
];
// Registers of persons, asked for whom those records name. The number goes in the body, never in an address.
const ABOUT = ["correction_person", "dpr_police_list"];
const NAMING = ["admin_penalty", "coercive_measure", "judgment_person", "dpr_release"];

let schema = null;
let agencies = null;
let articles = null;

async function json(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// Titles of relations and columns, names of agencies, articles of law.
export async function learn() {
  const relations = await json("/v1/relations");
  schema = new Map(relations.items.map(relation => [relation.name, relation]));
  const rows = schema.has("agency") ? await everyRow("/v1/relations/agency/rows") : [];
  agencies = new Map(rows.map(row => [row.code, row.name]));
  articles = schema.has("article") ? await everyRow("/v1/relations/article/rows") : null;
}

async function everyRow(path) {
  const rows = [];
  for (let next = path; next;) {
    const page = await json(next);
    rows.push(...page.items);
    next = page.next;
  }
  return rows;
}

// Where the day of the rules' clock stands.
export function clock() {
  const relation = [...(schema?.values() ?? [])].find(relation => relation.kind === "clock");
  return relation && { name: relation.name, column: relation.columns[0].name };
}

export const agencyName = code => agencies?.get(code) || (code === "operator:local" ? say("operator") : code);
export const isAgency = text => typeof text === "string" && Boolean(agencies?.has(text));
// A cell as people read it.
export const named = cell => (isAgency(cell) ? agencyName(cell) : valueName(cell));

export const relationName = name => nameOfRelation(name, schema?.get(name)?.title);

export function titleOf(relation, column) {
  const declared = schema?.get(relation)?.columns.find(c => c.name === column);
  return columnName(column, declared?.titles?.[0]);
}

// The article of law that a clue rests on, as it stood on that day. `false` where articles are kept and this one is not.
export function articleInForce(basis, day) {
  if (!basis || !articles) return null;
  const its = articles.filter(article => article.code === basis).sort((a, b) => (a.from_day < b.from_day ? 1 : -1));
  return its.find(article => !day || article.from_day <= day) || its[0] || false;
}

export const oneClue = id => json(`/v1/clues/${encodeURIComponent(id)}`);
// Withdrawn ones in these states, the newest first, and whether there are more.
export const casesBegun = states => json(`/v1/clues?machine=withdrawn${states.map(state => `&state=${state}`).join("")}`).then(page => ({ items: page.items, more: Boolean(page.next) }));
export const lifeOf = id => json(`/v1/clues/${encodeURIComponent(id)}/history`).then(answer => answer.items);

// [relation, rows] of each relation that has some.
export async function rowsBehind(clue) {
  if (!schema) await learn();
  const asked = BEHIND.filter(([name]) => schema.has(name)).map(([name, ...columns]) => [name, filled(columns, clue.columns)]);
  const found = await rowsOf(asked.filter(([, columns]) => columns));
  const numbers = new Set(found.filter(([name]) => NAMING.includes(name)).flatMap(([, rows]) => rows.map(row => row.id_no)).filter(Boolean));
  const registers = ABOUT.filter(name => schema.has(name)).flatMap(name => [...numbers].map(id_no => [name, { id_no }]));
  return merged([...found, ...await rowsOf(registers)]);
}

async function rowsOf(asked) {
  return Promise.all(asked.map(async ([name, columns]) => {
    const page = await json(`/v1/relations/${name}/query`, { columns });
    return [name, page.items.slice(0, ROWS_EACH)];
  }));
}

// Each relation once, each row once.
function merged(found) {
  const all = new Map();
  for (const [name, rows] of found) {
    const its = all.get(name) || new Map();
    for (const row of rows) its.set(JSON.stringify(row), row);
    if (its.size > 0) all.set(name, its);
  }
  return [...all].map(([name, rows]) => [name, [...rows.values()].slice(0, ROWS_EACH)]);
}

function filled([needed, further = []], given) {
  const pairs = Object.entries(needed).map(([column, from]) => [column, from.map(name => given[name]).find(value => value != null)]);
  if (pairs.some(([, value]) => value === undefined)) return null;
  const more = further.map(name => [name, given[name]]).filter(([, value]) => value != null);
  return Object.fromEntries([...pairs, ...more]);
}
