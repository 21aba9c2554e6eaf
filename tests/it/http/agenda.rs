//! `GET /v1/agenda`: told by day, by the filters of clues, and the same that the stream tells when the day comes.

use super::doors::penalty;
use super::server::{FIRST_DAY, Server, Setup};
use huiyan::engine::ClockMode;
use huiyan::limits::AGENDA_CHANGES;
use huiyan::storage::disk::MemoryDisk;
use serde_json::{Value, json};

/// What is told of a change before it happens.
fn foreseen(change: &Value) -> Value {
    let mut change = change.clone();
    for of in ["clue", "was"] {
        if let Some(clue) = change.get_mut(of) {
            clue.as_object_mut().unwrap().retain(|name, _| !["opened", "changed"].contains(&name.as_str()));
        }
    }
    change
}

#[test]
fn an_agenda_tells_by_day_what_the_clock_will_do() {
    let server = Server::new();
    let client = server.client;
    client.batch(&[penalty("insert", "police:1", "a", "1"), penalty("insert", "police:2", "b", "2")]).expect(200);
    let told = client.get("/v1/agenda?until=2022-08-01").expect(200);
    let items = told["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["now"]), (1, &json!("2022-07-19")));
    assert_eq!((&told["now"], &told["through"], &told["next"]), (&json!(FIRST_DAY), &json!("2022-08-01"), &Value::Null));
    let here = client.get("/v1/agenda?until=2022-08-01&area=2").expect(200);
    let numbers = |told: &Value| -> Vec<String> {
        let changes = told["items"].as_array().unwrap().iter().flat_map(|item| item["changes"].as_array().unwrap().clone());
        changes.map(|change| change["clue"]["columns"]["no"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!((numbers(&told), numbers(&here)), (vec!["a".to_string(), "b".to_string()], vec!["b".to_string()]));
    assert_eq!(numbers(&client.get("/v1/agenda?until=2022-07-18").expect(200)), Vec::<String>::new());

    let position = told["position"].as_str().unwrap();
    client.clock("2022-08-01").expect(200);
    let changes = client.get(&format!("/v1/changes?after={position}&relation=missing")).expect(200);
    let epochs: Vec<&Value> =
        changes["items"].as_array().unwrap().iter().filter(|epoch| epoch["cause"]["kind"] == "clock").collect();
    let happened: Vec<Value> = epochs.iter().flat_map(|epoch| epoch["changes"].as_array().unwrap()).map(foreseen).collect();
    assert_eq!(items[0]["changes"].as_array().unwrap(), &happened);
}

#[test]
fn many_changes_come_in_pages_of_whole_days() {
    let server = Server::new();
    let client = server.client;
    let each = AGENDA_CHANGES * 2 / 3;
    for (day, first) in [("2022-07-15", 0), ("2022-07-16", each)] {
        let row = |n: usize| json!({"organ": "police:1", "no": n.to_string(), "county": "1", "day": day});
        let line = |n| json!({"relation": "penalty", "op": "insert", "row": row(n)});
        client.batch(&(first..first + each).map(line).collect::<Vec<_>>()).expect(200);
    }
    let (mut path, mut told) = ("/v1/agenda?until=2022-08-01&level=violation".to_string(), Vec::new());
    loop {
        let page = client.get(&path).expect(200);
        for item in page["items"].as_array().unwrap() {
            told.push((item["now"].as_str().unwrap().to_string(), item["changes"].as_array().unwrap().len()));
        }
        match page["next"].as_str() {
            Some(next) => {
                assert_eq!((&page["through"], told.len()), (&json!("2022-07-19"), 1));
                path = next.to_string();
            }
            None => break assert_eq!(page["through"], "2022-08-01"),
        }
    }
    assert_eq!(told, [("2022-07-19".to_string(), each), ("2022-07-20".to_string(), each)]);
}

#[test]
fn what_it_cannot_tell_it_says() {
    let server = Server::new();
    let client = server.client;
    let refused = |query: &str| {
        let answer = client.get(&format!("/v1/agenda{query}"));
        (answer.status, answer.json()["type"].as_str().unwrap().to_string())
    };
    let kind = |code: &str| format!("/problems/{code}");
    assert_eq!(refused(""), (400, kind("bad-parameter")));
    assert_eq!(refused("?until=soon"), (400, kind("bad-parameter")));
    assert_eq!(refused("?until=2022-07-20&after=x"), (400, kind("bad-parameter")));
    assert_eq!(refused("?until=2022-07-20&state=new"), (400, kind("unknown-parameter")));
    assert_eq!(refused("?until=2022-07-20&rule=nothing"), (400, kind("bad-parameter")));
    assert_eq!(refused("?until=2022-07-14"), (422, kind("agenda-range")));
    assert_eq!(refused("?until=2024-07-15"), (422, kind("agenda-range")));
    let setup = Setup { rules: ".decl a(x: number)\n.output a\na(1).\n", clock: ClockMode::Wall, ..Setup::default() };
    let server = Server::on(&MemoryDisk::new(), setup);
    assert_eq!(server.client.get("/v1/agenda?until=2022-07-20").json()["type"], kind("no-clock"));
}
