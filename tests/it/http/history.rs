//! `GET /v1/history`: is it what happened, in pages, without holding anybody up and without a value of a row?

use super::client::NDJSON;
use super::doors::penalty;
use super::server::{FIRST_DAY, RULES, Server, Setup, wait};
use crate::verified::Spared;
use huiyan::limits::PAGE_ITEMS;
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::short_hash;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

fn position(answer: &Value) -> String {
    answer["position"].as_str().unwrap().to_string()
}

#[test]
fn each_epoch_is_told_with_its_cause_and_its_numbers() {
    let server = Server::new();
    let client = server.client;
    let first = position(&client.get("/v1/clues").expect(200));
    let sent = [
        penalty("insert", "police:1", "a", "640299"),
        penalty("insert", "police:1", "b", "640299"),
        json!({"relation": "penalty", "op": "retract", "row": {"organ": "police:1", "no": "zz"}}),
    ];
    let batch = position(&client.batch(&sent).expect(200));
    client.clock("2022-07-20").expect(200);
    let again = position(&client.batch(&[penalty("upsert", "police:1", "a", "640298")]).expect(200));
    let told = client.list("/v1/history");
    assert_eq!(told.len() as u64, server.handle.read().epoch.0);
    assert_eq!(
        told[0]["cause"],
        json!({"kind": "rules", "pack": "test", "version": "1", "hash": short_hash(&Sha256::digest(RULES).into())})
    );
    assert_eq!(told[0]["position"], first.as_str());
    let of = |at: &str| told.iter().find(|item| item["position"] == at).unwrap().clone();
    let loaded = of(&batch);
    assert_eq!(loaded["cause"], json!({"kind": "batch", "agency": "operator:local"}));
    assert_eq!(loaded["rows"], json!([{"relation": "penalty", "came": 2, "went": 0}]));
    assert_eq!(loaded["refused"], 1);
    assert_eq!(of(&again)["rows"], json!([{"relation": "penalty", "came": 1, "went": 1}]));
    let days: Vec<&str> = told.iter().filter_map(|item| item["cause"]["now"].as_str()).collect();
    assert!(days.first().is_some_and(|day| *day > FIRST_DAY) && days.last() == Some(&"2022-07-20"), "{days:?}");
    // As many clues as the stream tells of.
    let streamed = client.get(&format!("/v1/changes?after={first}")).expect(200);
    let opened = |changes: &Value| changes.as_array().unwrap().iter().filter(|change| change["op"] == "open").count() as u64;
    for epoch in streamed["items"].as_array().unwrap() {
        assert_eq!(of(&position(epoch))["clues"]["open"], opened(&epoch["changes"]), "{epoch}");
        assert_eq!(of(&position(epoch))["at"], epoch["at"]);
    }
    assert!(told.iter().any(|item| item["clues"]["open"].as_u64() > Some(0)));
    // Bounds are inclusive.
    let part = client.list(&format!("/v1/history?from={batch}&to={again}"));
    assert_eq!((position(&part[0]), position(&part[part.len() - 1])), (batch, again));
    assert_eq!(
        client.list("/v1/history?to=1970-01-01T08:00:00%2B08:00").len(),
        told.len(),
        "all of it was at the beginning of time"
    );
    assert_eq!(client.list("/v1/history?from=1970-01-01T08:00:01%2B08:00"), Vec::<Value>::new());
    for (path, problem) in [
        ("?from=x", "bad-position"),
        ("?from=2022-07-20T99:00", "bad-parameter"),
        ("?page=x", "bad-parameter"),
        ("?from=2022-07-20", "bad-parameter"),
        ("?to=", "bad-parameter"),
        ("?day=1", "unknown-parameter"),
    ] {
        assert_eq!(client.get(&format!("/v1/history{path}")).problem(), problem, "{path}");
    }
    let asked = client.get("/v1/history?from=2022-07-20").json();
    let message = asked["errors"][0]["message"].as_str().unwrap();
    assert!(asked["errors"][0]["pointer"] == "/query/from" && message.contains("2026-03-01T08:00:00%2B08:00"), "{asked}");
    assert!(client.get("/v1/history?from=x").json()["errors"][0]["message"].as_str().unwrap().contains("an instant"));
    // All of it is here, and the first page may be asked for by an empty one.
    let whole = client.get("/v1/history?page=").expect(200);
    assert_eq!((&whole["begins"], &whole["archived"]), (&json!(first), &json!(false)));
    let text = format!("{told:?}");
    assert!(!text.contains("640299"), "a value of a row: {text}");
}

#[test]
fn long_histories_come_in_pages_also_after_a_restart_and_while_others_write() {
    let disk = MemoryDisk::seeded(5);
    let epochs = 2 * PAGE_ITEMS + 30;
    let (all, next) = {
        let server = Server::on(&disk, Setup::default());
        let client = server.client;
        let writer = std::thread::spawn(move || {
            for n in 0..epochs {
                client.batch(&[penalty("upsert", "police:1", &format!("n{}", n % 7), &n.to_string())]).expect(200);
            }
        });
        while !writer.is_finished() {
            let told = client.list("/v1/history");
            assert!(told.iter().skip(1).all(|item| item["cause"]["kind"] == "batch"));
        }
        writer.join().unwrap();
        let all = client.list("/v1/history");
        assert_eq!(all.len(), epochs + 1);
        let first = client.get("/v1/history").expect(200);
        assert_eq!(first["items"].as_array().unwrap().len(), PAGE_ITEMS);
        (all, first["next"].as_str().unwrap().to_string())
    };
    let server = Server::on(&disk, Setup::default());
    let again = server.client.list("/v1/history");
    assert_eq!(again, all);
    assert_eq!(server.client.get(&next).expect(200)["items"][0], all[PAGE_ITEMS], "a page is there as long as the history");
    let middle = position(&all[300]);
    assert_eq!(server.client.list(&format!("/v1/history?from={middle}"))[..], all[300..]);
    server.client.post("/v1/batches", &[NDJSON], &format!("{}\n", penalty("upsert", "police:1", "last", "3"))).expect(200);
    assert_eq!(server.client.list("/v1/history").len(), all.len() + 1);
}

#[test]
fn a_part_that_is_damaged_is_for_the_operator_to_put_back() {
    let disk = MemoryDisk::seeded(6);
    let server = Server::on(&disk, Setup::default());
    server.client.batch(&[penalty("insert", "police:1", "a", "1")]).expect(200);
    server.client.post("/v1/snapshots", &[], "").expect(202);
    wait(|| server.client.get("/v1/snapshots").json()["items"][0]["state"] == "whole");
    server.client.batch(&[penalty("insert", "police:1", "b", "1")]).expect(200);
    server.stop();
    let (path, whole) = (Path::new("/data/journal"), disk.bytes(Path::new("/data/journal")).unwrap());
    let mut bytes = whole.clone();
    bytes[200] ^= 1;
    disk.put(path, &bytes);
    let server = Server::on(&disk, Setup::default()).spare(Spared::Damaged);
    let refused = server.client.get("/v1/history");
    assert_eq!((refused.status, refused.problem().as_str()), (503, "archived"));
    server.stop();
    disk.put(path, &whole);
    let server = Server::on(&disk, Setup::default());
    assert!(server.client.list("/v1/history").len() > 2);
}
