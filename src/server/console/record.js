// The records that a clue speaks of: found by its key columns, which name them.

import { columnName, language } from "./words.js";

const ROWS_EACH = 20;

// Relation, and which column of it equals which column of the clue (the first that is there).
const BEHIND = [
  ["admin_penalty", { organ: ["organ", "agency"], decision_no: ["decision_no"] }],
  ["coercive_measure", { organ: ["organ", "agency"], measure_no: ["measure_no"] }],
  ["judgment", { court: ["court"], case_no: ["case_no"] }],
  ["judgment_person", { court: ["court"], case_no: ["case_no"], defendant: ["defendant"] }],
  ["correction_person", { case_no: ["case_no"] }],
  ["dpr_release", { prison: ["prison"], release_no: ["release_no"] }],
  ["document_receipt", { re_no: ["decision_no"] }],
  ["document_receipt", { re_no: ["measure_no"] }],
  ["document_receipt", { re_no: ["case_no"] }],
  ["document_receipt", { re_no: ["release_no"] }],
];

let schema = null;
let agencies = null;

async function json(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

// Titles of relations and columns, names of agencies: asked for once.
export async function learn() {
  const [relations, rows] = await Promise.all([json("/v1/relations"), everyRow("/v1/relations/agency/rows")]);
  schema = new Map(relations.items.map(relation => [relation.name, relation]));
  agencies = new Map(rows.map(row => [row.code, row.name]));
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

export const agencyName = code => agencies?.get(code) || code;
export const isAgency = text => typeof text === "string" && Boolean(agencies?.has(text));

export function relationName(name) {
  const title = schema?.get(name)?.title;
  return language() === "zh" && title ? title : name.replaceAll("_", " ");
}

export function titleOf(relation, column) {
  const declared = schema?.get(relation)?.columns.find(c => c.name === column);
  return columnName(column, declared?.titles?.[0]);
}

export const history = id => json(`/v1/clues/${encodeURIComponent(id)}/history`).then(answer => answer.items);

// What the article of law says that a clue rests on.
export async function articleText(basis) {
  const page = await json("/v1/relations/article/query", { columns: { code: basis } });
  return page.items[0]?.text || "";
}

// [relation, rows] of each relation that has some.
export async function rowsBehind(clue) {
  if (!schema) await learn();
  const asked = BEHIND.filter(([name]) => schema.has(name)).map(([name, columns]) => [name, filled(columns, clue.columns)]);
  const whole = asked.filter(([, columns]) => columns);
  const answers = await Promise.all(whole.map(async ([name, columns]) => {
    const page = await json(`/v1/relations/${name}/query`, { columns });
    return [name, page.items.slice(0, ROWS_EACH)];
  }));
  return answers.filter(([, rows]) => rows.length > 0);
}

function filled(columns, given) {
  const pairs = Object.entries(columns).map(([column, from]) => [column, from.map(name => given[name]).find(value => value != null)]);
  return pairs.every(([, value]) => value !== undefined) ? Object.fromEntries(pairs) : null;
}
