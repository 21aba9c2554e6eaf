//! Are mistakes in a pack's data told with their file, line and column, and is a missing setting one of them?

use super::loading::folder;
use huiyan::pack::{Pack, PackError};
use huiyan::types::{Lang, Value};

const RULES: &str = "
.decl duty(id: symbol, n: number, until: date?)
.record duty(key=\"id\", owner=\"operator,pack\", title=\"D\")
.decl sent(id: symbol)
.record sent(key=\"id\", owner=\"police\", title=\"S\")
.decl setting(rule: symbol, name: symbol, value: number)
.record setting(key=\"rule,name\", owner=\"operator,pack\", title=\"P\")
.decl today(day: date)
.clock today
.decl out(id: symbol)
.output out
out(i) :- duty(i, n, _), setting(\"r\", \"margin\", m), n > m, sent(i), today(_).
out(i) :- duty(i, n, _), n = sum x : { setting(\"r\", \"other\", x) }.
";
const SETTINGS: &str = "rule,name,value\nr,margin,7\nr,other,1\n";

fn rows(relation: &str, csv: &str, settings: &str) -> Result<Vec<Vec<Value>>, PackError> {
    let manifest =
        format!("name = \"p\"\nversion = \"1\"\nmain = \"p.dl\"\n[data]\nsetting = \"s.csv\"\n{relation} = \"law/d.csv\"\n");
    let dir = folder(&[("pack.toml", &manifest), ("p.dl", RULES), ("law/d.csv", csv), ("s.csv", settings)]);
    let pack = Pack::load(dir.path()).unwrap();
    let (program, _) = pack.check().unwrap();
    let id = program.find(relation);
    let all = pack.rows(&program)?;
    let of_relation = all.iter().filter(|(found, _)| Some(*found) == id).flat_map(|(_, rows)| rows);
    Ok(of_relation.map(|row| row.values().to_vec()).collect())
}

#[test]
fn columns_go_by_name_and_an_empty_cell_is_absent() {
    let rows = rows("duty", "until,id,n\n,a,3\n2022-01-31,\"b,c\",4\n", SETTINGS).unwrap();
    assert_eq!(
        rows,
        [
            vec![Value::symbol("a"), Value::Number(3), Value::Absent],
            vec![Value::symbol("b,c"), Value::Number(4), Value::Date(19_023)],
        ]
    );
}

#[test]
fn every_mistake_has_its_line_and_column() {
    let csv = "id,n,until\na,three,\nb,4,2022-02-30\nc,5,\nc,6,\nd\n";
    let Err(PackError::Data { file, mistakes }) = rows("duty", csv, SETTINGS) else { panic!("bad rows were taken") };
    let places: Vec<(u64, &str, &str)> = mistakes.iter().map(|m| (m.line, m.column.as_str(), m.code)).collect();
    let expected = [(2, "n", "not-a-number"), (3, "until", "no-such-day"), (5, "", "key-twice"), (6, "", "wrong-length")];
    assert_eq!((file.as_str(), places.as_slice()), ("law/d.csv", expected.as_slice()));
    assert_eq!(mistakes[0].shown(&file, Lang::En), "law/d.csv:2 n: a whole number is expected");
    let Err(PackError::Data { mistakes, .. }) = rows("duty", "id,count\na,3\n", SETTINGS) else {
        panic!("a bad header was taken")
    };
    assert_eq!(mistakes.iter().map(|m| m.code).collect::<Vec<_>>(), ["unknown-column", "missing-column"]);
}

#[test]
fn data_go_only_where_packs_may_write() {
    for (relation, why) in
        [("sent", "is not owned by packs"), ("out", "is no .record"), ("today", "is a clock"), ("gone", "is not a relation")]
    {
        let error = rows(relation, "id\na\n", SETTINGS).unwrap_err().to_string();
        assert!(error.contains(relation) && error.contains(why), "{error}");
    }
}

#[test]
fn a_setting_that_a_rule_reads_must_be_there() {
    let error = |settings: &str| rows("duty", "id,n,until\na,3,\n", settings).unwrap_err();
    let PackError::Settings { missing } = error("rule,name,value\nr,margin,7\n") else {
        panic!("a missing setting was not told")
    };
    assert_eq!(missing, ["r,other"], "inside an aggregate");
    let PackError::Settings { missing } = error("rule,name,value\nr,leeway,7\nq,margin,1\n") else { panic!("not told") };
    assert_eq!(missing, ["r,margin", "r,other"]);
}
