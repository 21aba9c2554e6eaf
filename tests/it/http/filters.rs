//! Does every field of a filter mean the same on a list, a stream and a poll, while clues move in and out of it?

use super::client::{Event, Events, JSON};
use super::model::Model;
use super::server::{Server, Setup};
use super::streams::{Dice, follow, seed};
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A clue all of whose fields change while its key stays.
const DUTIES: &str = r#"
.type AgencyCode <: symbol
.type PersonId <: symbol
.decl today(day: date)
.clock today
.decl duty(organ: AgencyCode, no: symbol, id_no: symbol?, county: symbol, due: date?, how: symbol)
.record duty(key="organ,no", by="organ", owner="police", personal="id_no", title="事项")
.decl late(agency: AgencyCode, no: symbol, county: symbol, due: date?, who: PersonId?, how: symbol)
.clue late(title="逾期", key="no", agency="agency", area="county", due="due", person="who", level="how", reason="{no}")
late(o, n, c, d, as(i, PersonId), h) :- duty(o, n, i, c, d, h).
late(o, n, c, nil, as(i, PersonId), h) :- duty(o, n, i, c, nil, h).
late(o, n, c, d, nil, h) :- duty(o, n, nil, c, d, h).
late(o, n, c, nil, nil, h) :- duty(o, n, nil, c, nil, h).
.decl due(n: number)
.output due
due(n) :- n = count : { duty(_, _, _, _, _, _) }.
"#;

const NUMBERS: [&str; 3] = ["640299198001011234", "640299198001015678", "640299198001019999"];

fn duties() -> Server {
    Server::on(&MemoryDisk::new(), Setup { rules: DUTIES, ..Setup::default() })
}

fn duty(dice: &mut Dice) -> Value {
    let (organ, no) = (format!("police:{}", dice.roll(2)), dice.roll(5).to_string());
    if dice.roll(5) == 0 {
        return json!({"relation": "duty", "op": "retract", "row": {"organ": organ, "no": no}});
    }
    let some = |dice: &mut Dice, value: Value| if dice.roll(4) == 0 { Value::Null } else { value };
    let number = NUMBERS[dice.roll(3) as usize].into();
    let due = format!("2022-07-{}", 18 + dice.roll(4)).into();
    let how = ["violation", "hint"][dice.roll(2) as usize];
    let row = json!({"organ": organ, "no": no, "id_no": some(dice, number), "county": dice.roll(2).to_string(),
        "due": some(dice, due), "how": how});
    json!({"relation": "duty", "op": "upsert", "row": row})
}

#[test]
fn what_no_clue_can_be_is_a_mistake_and_not_an_empty_answer() {
    let server = duties();
    for (field, value, allowed) in [
        ("level", "violations", "violation, hint, quality"),
        ("agency", "police", "kind:code"),
        ("agency", "", "kind:code"),
        ("area", "", "640299"),
        ("area", "%20", "640299"),
    ] {
        for path in ["/v1/clues", "/v1/changes", "/v1/subscribe"] {
            let answer = server.client.get(&format!("{path}?{field}={value}"));
            assert!(answer.status == 400 && answer.body.contains(allowed), "{path} {field}={value}: {}", answer.body);
            assert!(answer.body.contains(&format!("/query/{field}")), "{}", answer.body);
        }
        let value = value.replace("%20", " ");
        for texts in [json!(value), json!([value])] {
            let query = server.client.post("/v1/clues/query", &[JSON], &json!({field: texts}).to_string());
            let filter = json!({"filter": {field: texts}}).to_string();
            let reader = server.client.send("PUT", "/v1/subscriptions/evening", &[JSON], filter.as_bytes());
            for answer in [query, reader] {
                assert!(answer.status == 400 && answer.body.contains(allowed), "{field} {texts}: {}", answer.body);
            }
        }
    }
    for field in ["level", "agency", "area", "rule"] {
        let query = server.client.post("/v1/clues/query", &[JSON], &json!({field: []}).to_string());
        let filter = json!({"filter": {field: []}}).to_string();
        let reader = server.client.send("PUT", "/v1/subscriptions/evening", &[JSON], filter.as_bytes());
        for answer in [query, reader] {
            assert!(answer.status == 400 && answer.body.contains("at least one"), "{field}: {}", answer.body);
        }
    }
}

fn happen(server: &Server, dice: &mut Dice, times: usize) {
    (0..times).for_each(|_| drop(server.client.batch(&[duty(dice), duty(dice)]).expect(200)));
}

/// The id that somebody is shown by.
fn person(server: &Server, number: &str) -> String {
    let row = json!({"organ": "police:9", "no": "asked", "id_no": number, "county": "9", "due": null, "how": "hint"});
    let receipt = server.client.batch(&[json!({"relation": "duty", "op": "upsert", "row": row})]).expect(200);
    assert_eq!(receipt["accepted"], 1, "{receipt}");
    let found = server.client.post("/v1/clues/query", &[JSON], &json!({"person": number}).to_string()).expect(200);
    server.client.batch(&[json!({"relation": "duty", "op": "retract", "row": {"organ": "police:9", "no": "asked"}})]).expect(200);
    found["items"][0]["person"].as_str().unwrap().to_string()
}

/// Does a clue lie inside a query, read off its JSON?
fn inside(query: &str, clue: &Value) -> bool {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (field, value) in query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('=')) {
        fields.entry(field).or_default().push(value);
    }
    fields.iter().all(|(field, wanted)| match *field {
        "due_before" => clue["due"].as_str().is_some_and(|due| due < wanted[0]),
        "relation" => wanted.contains(&clue["rule"].as_str().unwrap()),
        field => clue[field].as_str().is_some_and(|has| wanted.contains(&has)),
    })
}

/// Takes what a poll gives until it gives nothing.
fn poll(server: &Server, next: &mut String, model: &mut Model) {
    loop {
        let answer = server.client.get(next).expect(200);
        for change in answer["items"].as_array().unwrap() {
            let id = change["position"].as_str().map(str::to_string);
            model.take(&Event { name: "change".to_string(), data: change.clone(), id }, |p| server.epoch(p));
        }
        *next = answer["next"].as_str().unwrap().to_string();
        if answer["items"] == json!([]) {
            return;
        }
    }
}

#[test]
fn lists_streams_and_polls_have_what_lies_inside_while_clues_move() {
    let server = duties();
    let mut dice = Dice(seed());
    let [one, two] = [0, 1].map(|n| person(&server, NUMBERS[n]));
    happen(&server, &mut dice, 10);
    let queries = [
        format!("?person={one}"),
        format!("?person={one}&person={two}&level=violation"),
        "?due_before=2022-07-20".to_string(),
        "?due_before=2022-07-19&area=1".to_string(),
        "?level=hint".to_string(),
        format!("?rule=late&person={two}&due_before=2022-07-21&agency=police:0"),
    ];
    let mut streams: Vec<(Events, Model)> =
        queries.iter().map(|query| (server.client.subscribe(query, None), Model::default())).collect();
    streams.iter_mut().for_each(|(events, model)| follow(&server, events, model));
    let begun = |model: &Model, query: &str| format!("/v1/changes{query}&after={}", model.last_id.clone().unwrap());
    let mut polls: Vec<(String, Model)> =
        streams.iter().zip(&queries).map(|((_, model), query)| (begun(model, query), model.clone())).collect();
    let (mut in_all, mut moved) = (0, 0);
    for _ in 0..4 {
        happen(&server, &mut dice, 15);
        let all = server.client.list("/v1/clues");
        for ((query, (events, streamed)), (next, polled)) in queries.iter().zip(&mut streams).zip(&mut polls) {
            let mut wanted: Vec<&Value> = all.iter().filter(|clue| inside(query, clue)).collect();
            wanted.sort_by_key(|clue| clue["id"].as_str());
            let mut listed = server.client.list(&format!("/v1/clues{query}"));
            listed.sort_by_key(|clue| clue["id"].as_str().map(str::to_string));
            assert_eq!(listed.iter().collect::<Vec<_>>(), wanted, "a list of {query}");
            follow(&server, events, streamed);
            assert_eq!(streamed.clues.values().collect::<Vec<_>>(), wanted, "a stream of {query}");
            poll(&server, next, polled);
            assert_eq!(polled.clues, streamed.clues, "a poll of {query}");
            assert!(streamed.rows.is_empty(), "rows have nothing of a clue");
            (in_all, moved) = (in_all + wanted.len(), moved + streamed.epochs.len());
        }
    }
    assert!(in_all > 10 && moved > 30, "something lies inside and moves: {in_all} {moved}");
}

#[test]
fn a_number_in_a_url_is_refused_with_the_way_that_takes_it() {
    let server = duties();
    for path in ["/v1/clues", "/v1/changes", "/v1/subscribe"] {
        for bad in [NUMBERS[0], "640299800101123", "%E6%9F%90%E6%9F%90", "", "0123456789abcdef0123456789abcdeF"] {
            let answer = server.client.get(&format!("{path}?person={bad}"));
            assert_eq!((answer.status, answer.problem().as_str()), (400, "bad-parameter"), "{path}?person={bad}");
            let told = &answer.json()["errors"][0];
            assert_eq!(told["pointer"], "/query/person");
            assert!(told["message"].as_str().unwrap().contains("POST /v1/clues/query"), "{told}");
            assert!(bad.is_empty() || !answer.body.contains(bad), "{}", answer.body);
        }
        for bad in ["2022-07-32", "x", ""] {
            assert_eq!(server.client.get(&format!("{path}?due_before={bad}")).problem(), "bad-parameter", "{path}");
        }
        let twice = server.client.get(&format!("{path}?due_before=2022-07-15&due_before=2022-07-16"));
        assert_eq!(twice.problem(), "bad-parameter", "{path}");
    }
    let asked = |body: Value| server.client.post("/v1/clues/query", &[JSON], &body.to_string());
    assert_eq!(asked(json!({"due_before": ["2022-07-15", "2022-07-16"]})).problem(), "bad-json");
    assert_eq!(asked(json!({"person": "a", "due_before": "2022-07-15"})).expect(200)["items"], json!([]));
}
