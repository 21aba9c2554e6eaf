//! What stands in bodies. Objects are closed: a field that is not here is not sent.

use crate::server::error::KINDS;
use crate::types::{CaseState, Dismissal};
use serde_json::{Value, json};

pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A page of things.
pub fn list(name: &str) -> Value {
    closed(json!({
        "items": {"type": "array", "items": reference(name)},
        "next": {"type": ["string", "null"], "description": "The next page, or null"},
        "position": reference("Position"),
        "stale?": stale(),
    }))
}

/// The history, which also says from where on it is here.
pub fn history(name: &str) -> Value {
    let mut list = list(name);
    list["properties"]["begins"] = reference("Position");
    list["properties"]["archived"] =
        json!({"type": "boolean", "description": "Epochs before `begins` are in parts of the journal that were put away"});
    if let Some(required) = list["required"].as_array_mut() {
        required.extend(["begins".into(), "archived".into()]);
    }
    list
}

/// An object of exactly these fields. A name that ends in `?` may be absent.
fn closed(fields: Value) -> Value {
    let Value::Object(fields) = fields else { return Value::Null };
    let required: Vec<&str> = fields.keys().map(String::as_str).filter(|name| !name.ends_with('?')).collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, schema)| (name.trim_end_matches('?').to_string(), schema.clone())).collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn stale() -> Value {
    json!({"const": true, "description": "The rules are suspended: records go on, clues stand still"})
}

fn hash() -> Value {
    json!({"type": "string", "description": "Eight digits: the beginning of the hash over rules and data of the pack"})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn texts() -> Value {
    json!({"type": "array", "items": text()})
}

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn one_of(names: &[&str]) -> Value {
    json!({"enum": names})
}

pub fn all() -> Value {
    let mut schemas = json!({});
    for part in [common(), sent(), clues(), relations(), changes(), health()] {
        let (Value::Object(all), Value::Object(part)) = (&mut schemas, part) else { continue };
        all.extend(part);
    }
    schemas
}

fn common() -> Value {
    let types: Vec<String> = KINDS.iter().map(|kind| format!("/problems/{}", kind.code)).collect();
    let meanings: Vec<String> =
        KINDS.iter().map(|kind| format!("{} ({}): {} {}", kind.code, kind.status, kind.en.0, kind.zh.0)).collect();
    json!({
        "Position": {"type": "string", "description": "A moment of the server's history; opaque"},
        "Cell": {
            "type": ["string", "number", "null"],
            "description": "Numbers as numbers, dates YYYY-MM-DD, instants RFC 3339 with +08:00, absent as null",
        },
        "Row": {"type": "object", "additionalProperties": reference("Cell"), "description": "By column"},
        "Problem": closed(json!({
            "type": {"enum": types, "description": meanings.join("\n")},
            "title": text(),
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What to do. Never a value that was sent"},
            "trace_id": {"type": "string", "description": "Stands in the log too"},
            "errors?": {"type": "array", "items": closed(json!({
                "code": text(),
                "message": text(),
                "pointer": {"type": "string", "description": "A JSON pointer; empty for the whole"},
                "line?": count(),
            }))},
            "line?": count(),
            "position?": reference("Position"),
            "positions?": {"type": "array", "items": reference("Position"), "description": "Pieces that were taken before"},
            "accepted?": count(),
        })),
    })
}

fn sent() -> Value {
    json!({
        "ChangeLine": closed(json!({
            "relation": text(),
            "op": one_of(&["insert", "upsert", "retract"]),
            "row": {"$ref": "#/components/schemas/Row", "description": "For a retract the key columns are enough"},
        })),
        "Receipt": closed(json!({
            "position": reference("Position"),
            "accepted": count(),
            "changed": {"type": "integer", "minimum": 0, "description": "Rows that appeared or went; a correction is two"},
            "duplicates": {"type": "integer", "minimum": 0, "description": "Accepted lines of a file whose row stands on an earlier line of it"},
            "rejected": {"type": "array", "items": closed(json!({
                "line": count(),
                "code": text(),
                "message": text(),
                "pointer": text(),
            }))},
            "repaired": {"type": "integer", "minimum": 0, "description": "Cells that were written otherwise and certainly mean one value"},
            "repairs": {"type": "array", "description": "The first of them", "items": closed(json!({
                "line": count(),
                "code": text(),
                "message": text(),
                "pointer": text(),
                "as_sent": {"type": ["string", "null"], "description": "null in a personal column, and of a long text"},
                "value": reference("Cell"),
            }))},
            "skipped": {"type": "integer", "minimum": 0, "description": "Lines of a file that are no records and were left out: totals (totals-row), remarks below a table (remark-row)"},
            "skips": {"type": "array", "description": "The first of them", "items": closed(json!({
                "line": count(),
                "code": text(),
                "message": text(),
                "pointer": text(),
            }))},
            "doubtful": {"type": "integer", "minimum": 0, "description": "Cells that came in and are unlikely: a day ahead, an agency that is not known here"},
            "doubts": {"type": "array", "description": "The first of them; of a repeated request, what is doubtful now", "items": closed(json!({
                "line": count(),
                "code": text(),
                "message": text(),
                "pointer": text(),
            }))},
            "replayed": {"type": "boolean", "description": "The answer of an earlier request of the same key"},
            "positions?": {"type": "array", "items": reference("Position"), "description": "One for each epoch of a file"},
            "ignored?": {"type": "array", "description": "Of a file: the columns that ignore left out, by place in the header", "items": closed(json!({
                "pointer": text(),
                "title": {"type": "string", "description": "As ignore gives it"},
            }))},
            "changes?": {
                "type": ["array", "null"],
                "items": {"oneOf": [reference("ClueChange"), reference("RowChange")]},
                "description": "With wait=clues; null if it is no longer remembered",
            },
            "stale?": stale(),
        })),
        "ClockMove": closed(json!({"now": {"type": "string", "description": "A date, or an instant with its zone"}})),
        "ClockAnswer": closed(json!({"position": reference("Position"), "now": text()})),
    })
}

fn clue() -> Value {
    json!({
        "id": {"type": "string", "description": "Tells an outsider nothing"},
        "rule": text(),
        "title": text(),
        "person": {"type": ["string", "null"], "description": "An opaque id, never a number"},
        "agency": text_or_null(),
        "area": text_or_null(),
        "level": {"type": "string", "description": "violation, hint, quality, or what the rules call it"},
        "basis": text(),
        "due": text_or_null(),
        "reason": text(),
        "columns": reference("Row"),
        "evidence": {"type": "integer", "minimum": 0, "description": "Rows behind it"},
        "state": state(),
        "dismissal": dismissal(),
        "machine": one_of(&["open", "changed", "withdrawn", "reopened"]),
    })
}

fn state() -> Value {
    json!({"enum": CaseState::NAMES, "description": "What people made of it"})
}

fn reasons() -> Vec<&'static str> {
    Dismissal::all().map(Dismissal::name).collect()
}

/// Why it was dismissed.
fn dismissal() -> Value {
    let names: Vec<Value> = reasons().into_iter().map(Value::from).chain([Value::Null]).collect();
    json!({"enum": names, "description": "Why it was dismissed, while it is"})
}

fn reasons_told() -> String {
    let told = |reason: Dismissal| format!("{}: {} {}", reason.name(), reason.titles().0, reason.titles().1);
    Dismissal::all().map(told).collect::<Vec<_>>().join("\n")
}

fn states_of(count: &Value) -> Value {
    closed(Value::Object(CaseState::NAMES.iter().map(|name| (name.to_string(), count.clone())).collect()))
}

/// Of a clue that is there.
fn with_positions(mut clue: Value) -> Value {
    (clue["opened"], clue["changed"]) = (reference("Position"), reference("Position"));
    clue
}

fn clues() -> Value {
    json!({
        "Clue": closed(with_positions(clue())),
        "Agenda": closed(json!({
            "items": {"type": "array", "description": "Days on which clues move, in order", "items": closed(json!({
                "now": {"type": "string", "description": "What the clock shows then"},
                "changes": {"type": "array", "items": reference("ForeseenChange")},
            }))},
            "next": {"type": ["string", "null"], "description": "The days after through, or null"},
            "position": {"$ref": "#/components/schemas/Position", "description": "Whatever came later is not in it"},
            "now": {"type": "string", "description": "What the clock shows now"},
            "through": {"type": "string", "format": "date", "description": "All days up to this one are told"},
        })),
        "ForeseenChange": closed(json!({
            "op": one_of(&["open", "change", "withdraw", "reopen"]),
            "clue": reference("ForeseenClue"),
            "was?": reference("ForeseenClue"),
        })),
        "ForeseenClue": closed(clue()),
        "ClueStep": closed(json!({
            "position": reference("Position"),
            "now": {"type": ["string", "null"], "description": "What the clock showed; null without a clock"},
            "op": one_of(&["open", "change", "withdraw", "reopen"]),
            "level": {"type": "string", "description": "From here on; of a withdrawal the last one"},
            "state": state(),
            "dismissal": dismissal(),
            "note": {"type": ["string", "null"], "description": "What was written with a verdict; only for procuratorates and the operator"},
            "cause": reference("Cause"),
        })),
        "VerdictSaid": closed(json!({
            "state": one_of(&CaseState::NAMES[1..]),
            "reason?": {"oneOf": [one_of(&reasons()), {"type": "null"}], "description": reasons_told()},
            "note?": {"type": ["string", "null"], "maxLength": crate::limits::VERDICT_NOTE_CHARS},
            "position?": {"oneOf": [reference("Position"), {"type": "null"}], "description": "What was seen: 409 if the clue has changed since"},
        })),
        "VerdictAnswer": closed(json!({
            "position": reference("Position"),
            "id": {"type": "string", "description": "Of the clue"},
            "state": state(),
            "dismissal": dismissal(),
            "replayed": {"type": "boolean", "description": "The answer of an earlier request of the same key"},
        })),
        "Rule": closed(json!({
            "rule": text(),
            "title": {"type": ["string", "null"], "description": "null: the rules in force do not have it any more"},
            "clues": {"type": "integer", "minimum": 0, "description": "That hold"},
            "states": states_of(&count()),
            "withdrawn": states_of(&count()),
            "confirmed": {"type": "integer", "minimum": 0, "description": "Found to be so, those that were withdrawn since too"},
            "dismissed": {"type": "integer", "minimum": 0, "description": "The same of those that were dismissed and still are"},
            "reasons": {"type": "array", "items": closed(json!({"reason": one_of(&reasons()), "title": text(), "count": count()}))},
            "undecided": {"type": "integer", "minimum": 0, "description": "New, or being looked into"},
            "precision": {"type": ["number", "null"], "description": "confirmed of confirmed and dismissed; null before there is either"},
        })),
        "ClueQuery": closed(json!({
            "rule?": reference("Texts"),
            "area?": reference("Texts"),
            "agency?": reference("Texts"),
            "level?": reference("Texts"),
            "state?": reference("Texts"),
            "machine?": reference("Texts"),
            "due_before?": day(),
            "person?": {"type": "string", "description": "An identity number, or the id that answers carry"},
            "page?": text(),
        })),
        "Texts": {"oneOf": [text(), texts()]},
        "Cause": {"oneOf": [
            closed(json!({"kind": {"const": "batch"}, "agency": text()})),
            closed(json!({"kind": {"const": "clock"}, "now": text()})),
            closed(json!({"kind": {"const": "rules"}, "pack": text(), "version": text(), "hash?": hash()})),
            closed(json!({"kind": {"const": "verdict"}, "agency": text(), "state": state(), "reason?": one_of(&reasons())})),
        ]},
    })
}

fn relations() -> Value {
    json!({
        "Relation": closed(json!({
            "name": text(),
            "title": text_or_null(),
            "kind": one_of(&["clock", "record", "clue", "output", "derived"]),
            "writable": {"type": "boolean"},
            "columns": {"type": "array", "items": closed(json!({
                "name": text(),
                "kind": one_of(&["number", "unsigned", "float", "symbol", "date", "datetime"]),
                "type": text(),
                "optional": {"type": "boolean"},
                "personal": {"type": "boolean"},
                "identity": {"type": "boolean", "description": "An identity number, which the door mends"},
                "titles": texts(),
                "words": {"type": ["array", "null"], "items": text(), "description": "The words that the column takes; null: any text"},
                "form": {"type": ["string", "null"], "description": "The form of its texts, # for a digit; null: any"},
                "checks": {"type": "array", "items": text(), "description": "Bounds of its values: >= 0, <= through"},
                "past": {"type": "boolean", "description": "A day that has been; a later one is taken, and told in doubts"},
                "alike": {"type": ["string", "null"], "description": "The functor that compares texts of this key column: two spellings with one value are one key"},
            }))},
            "key": {"type": ["array", "null"], "items": text()},
            "owners": {"type": ["array", "null"], "items": text()},
            "by": text_or_null(),
            "since": text_or_null(),
            "rows": {"type": ["integer", "null"], "minimum": 0, "description": "null: nobody keeps them"},
        })),
        "RowQuery": closed(json!({"columns": reference("Row")})),
        "Repair": closed(json!({
            "key": {"$ref": "#/components/schemas/Row", "description": "Of the row"},
            "column": text(),
            "as_sent": text(),
            "value": reference("Cell"),
            "code": text(),
            "message": text(),
        })),
        "Fault": {"oneOf": [
            closed(json!({
                "kind": {"const": "refused"},
                "agency": text(),
                "relation": text(),
                "key": {"type": "string", "description": "Empty if it could be personal"},
                "op": text(),
                "code": text(),
                "message": text(),
                "pointer": text(),
                "line": count(),
                "day": day(),
                "position": reference("Position"),
            })),
            closed(json!({
                "kind": {"const": "rule"},
                "rule": text(),
                "code": text(),
                "message": text(),
                "relation": text(),
                "key": text(),
                "agency": text(),
            })),
        ]},
    })
}

fn changes() -> Value {
    json!({
        "EpochChanges": closed(json!({
            "position": reference("Position"),
            "at?": {"type": "string", "format": "date-time", "description": "Not in a snapshot"},
            "cause": {"oneOf": [reference("Cause"), closed(json!({"kind": {"const": "snapshot"}}))]},
            "more?": {"const": true, "description": "A piece of an epoch, of which others follow"},
            "changes": {"type": "array", "items": {"oneOf": [reference("ClueChange"), reference("RowChange")]}},
        })),
        "ClueChange": closed(json!({
            "op": one_of(&["open", "change", "withdraw", "reopen"]),
            "clue": reference("Clue"),
            "was?": reference("Clue"),
        })),
        "RowChange": closed(json!({
            "op": one_of(&["+", "-"]),
            "relation": text(),
            "row": reference("Row"),
        })),
        "Happened": closed(json!({
            "position": reference("Position"),
            "at": {"type": "string", "format": "date-time"},
            "cause": {"oneOf": [
                reference("Cause"),
                closed(json!({"kind": {"const": "suspended"}, "code": text()})),
                closed(json!({"kind": {"const": "resumed"}})),
            ]},
            "rows": {"type": "array", "description": "What agencies assert, by relation", "items": closed(json!({
                "relation": text(),
                "came": count(),
                "went": count(),
            }))},
            "refused": {"type": "integer", "minimum": 0, "description": "Lines"},
            "clues": {"oneOf": [
                closed(json!({"open": count(), "change": count(), "withdraw": count(), "reopen": count()})),
                {"type": "null", "description": "No longer remembered"},
            ]},
        })),
        "Progress": closed(json!({"position": reference("Position"), "stale?": stale()})),
        "RulesChanged": closed(json!({
            "position": reference("Position"),
            "pack": text(),
            "version": text(),
            "hash?": hash(),
        })),
        "Subscription": closed(json!({
            "name": text(),
            "filter": reference("Filter"),
            "position": {"type": ["string", "null"], "description": "The reader has everything up to here; null: nothing yet"},
            "state": {
                "enum": ["snapshot", "ready", "expired"],
                "description": "Begins with a snapshot; goes on after position; must begin again, what follows position being gone",
            },
        })),
        "Filter": closed(json!({
            "relation?": reference("Texts"),
            "rule?": reference("Texts"),
            "area?": reference("Texts"),
            "agency?": reference("Texts"),
            "level?": reference("Texts"),
            "person?": reference("Texts"),
            "due_before?": reference("Texts"),
        })),
        "SubscriptionPut": closed(json!({
            "filter?": reference("Filter"),
            "after?": reference("Position"),
            "from?": one_of(&["snapshot", "now"]),
        })),
        "Acknowledgement": closed(json!({"position": reference("Position")})),
        "Reset": closed(json!({"reason": {"const": "cursor-expired"}})),
    })
}

fn health() -> Value {
    json!({
        "Snapshot": closed(json!({
            "position": reference("Position"),
            "at": {"type": "string", "format": "date-time", "description": "When that was"},
            "file": {"type": "string", "description": "In the data folder"},
            "bytes": {"type": "integer", "minimum": 0, "description": "0 until it is whole"},
            "records": {"type": "integer", "minimum": 0, "description": "Rows of all inputs"},
            "state": {
                "enum": ["writing", "whole", "failed", "unusable"],
                "description": "failed: the last attempt, of which nothing is there; unusable: no start goes on from it",
            },
        })),
        "Health": closed(json!({"status": one_of(&["ok", "failed"])})),
        "Readiness": closed(json!({
            "ready": {"type": "boolean"},
            "phase": one_of(&["recovering", "ready", "suspended", "failed", "stopping", "past"]),
            "checks": {"type": "array", "items": closed(json!({
                "name": one_of(&["recovery", "journal", "disk", "memory", "rules", "places", "entries", "suspended"]),
                "ok": {"type": "boolean"},
                "done?": count(),
                "total?": count(),
                "seconds_left?": count(),
                "code?": text(),
                "reason?": text(),
            }))},
        })),
    })
}
