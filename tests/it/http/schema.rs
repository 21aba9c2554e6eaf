//! A small JSON-schema validator: of the words that our document uses, and of no others, so that a new word is not passed over.

use serde_json::Value;

const KNOWN: [&str; 15] = [
    "$ref",
    "type",
    "const",
    "enum",
    "oneOf",
    "allOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minimum",
    "maximum",
    "description",
    "format",
    "x-events",
];

/// What of `value` does not fit; empty if it does.
pub fn mistakes(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(words) = schema.as_object() else { return found.push(format!("{at}: no schema: {schema}")) };
    found.extend(words.keys().filter(|word| !KNOWN.contains(&word.as_str())).map(|word| format!("unknown word {word}")));
    if let Some(path) = schema["$ref"].as_str() {
        let named = document.pointer(path.trim_start_matches('#'));
        check(document, named.unwrap_or_else(|| panic!("{path} is not there")), value, at, found);
    }
    let mut wrong = |so: bool, why: String| {
        if !so {
            found.push(format!("{at}: {why}: {value}"))
        }
    };
    if let Some(constant) = schema.get("const") {
        wrong(value == constant, format!("not {constant}"));
    }
    if let Some(values) = schema["enum"].as_array() {
        wrong(values.contains(value), format!("none of {}", schema["enum"]));
    }
    match &schema["type"] {
        Value::String(name) => wrong(is(value, name), format!("no {name}")),
        Value::Array(names) => wrong(names.iter().any(|name| is(value, name.as_str().unwrap())), format!("none of {names:?}")),
        _ => {}
    }
    for (word, holds) in [("minimum", f64::ge as fn(&f64, &f64) -> bool), ("maximum", f64::le)] {
        if let (Some(limit), Some(number)) = (schema[word].as_f64(), value.as_f64()) {
            wrong(holds(&number, &limit), format!("{word} {limit}"));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(document, part, value, at, found);
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        let tried: Vec<Vec<String>> = parts.iter().map(|part| mistakes(document, part, value)).collect();
        if tried.iter().filter(|mistakes| mistakes.is_empty()).count() != 1 {
            found.push(format!("{at}: not exactly one of {}: {value} {tried:?}", parts.len()));
        }
    }
    if let Some(fields) = value.as_object() {
        check_fields(document, schema, fields, at, found);
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        items.iter().enumerate().for_each(|(i, item)| check(document, schema, item, &format!("{at}/{i}"), found));
    }
}

fn check_fields(document: &Value, schema: &Value, fields: &serde_json::Map<String, Value>, at: &str, found: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{at}/{name} is missing"));
        }
    }
    for (name, value) in fields {
        let at = format!("{at}/{name}");
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(schema), _) => check(document, schema, value, &at, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{at} is not described")),
            (None, Some(schema @ Value::Object(_))) => check(document, schema, value, &at, found),
            (None, _) => {}
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type: {other}"),
    }
}

#[test]
fn the_validator_finds_what_is_wrong() {
    use serde_json::json;
    let document = json!({"components": {"schemas": {"Text": {"type": "string"}}}});
    let closed = json!({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/Text"}},
        "additionalProperties": false});
    for (schema, value, good) in [
        (&closed, json!({"a": "x"}), true),
        (&closed, json!({"a": 1}), false),
        (&closed, json!({}), false),
        (&closed, json!({"a": "x", "b": 1}), false),
        (&json!({"oneOf": [{"const": 1}, {"type": "integer"}]}), json!(1), false),
        (&json!({"oneOf": [{"const": 1}, {"type": "integer"}]}), json!(2), true),
        (&json!({"type": "array", "items": {"enum": ["x"]}}), json!(["x", "y"]), false),
        (&json!({"type": ["integer", "null"], "minimum": 0}), json!(-1), false),
        (&json!({"type": ["integer", "null"], "minimum": 0}), json!(null), true),
        (&json!({"pattern": "x"}), json!("x"), false),
    ] {
        assert_eq!(mistakes(&document, schema, &value).is_empty(), good, "{schema} {value}");
    }
}
