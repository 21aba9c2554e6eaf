//! Who was behind a snapshot when the server went down: does it get, from wherever it was, byte for byte what it would have got?

use super::doors::penalty;
use super::server::{RULES, Server, Setup, wait};
use super::streams::{Dice, happen, seed};
use super::subscriptions::{Office, now};
use huiyan::storage::disk::MemoryDisk;
use huiyan::types::Epoch;
use serde_json::{Value, json};

/// Everything after a position, as polls give it, page by page.
fn after(server: &Server, position: &str) -> Vec<String> {
    let (mut bodies, mut next) = (Vec::new(), format!("/v1/changes?after={position}"));
    loop {
        let answer = server.client.get(&next);
        let body = answer.expect(200);
        let ended = body["items"] == json!([]);
        bodies.push(answer.body);
        if ended {
            return bodies;
        }
        next = body["next"].as_str().unwrap().to_string();
    }
}

fn snapshot(server: &Server) {
    let taken = server.client.post("/v1/snapshots", &[], "").expect(202);
    wait(|| {
        let list = server.client.get("/v1/snapshots").expect(200);
        list["items"].as_array().unwrap().iter().any(|one| one["position"] == taken["position"] && one["state"] == "whole")
    });
}

/// Every one of the last, where little follows, and some of those before.
fn positions(server: &Server) -> Vec<(u64, String)> {
    let latest = server.handle.read().epoch.0;
    let some = (0..=latest).filter(|epoch| epoch % 40 == 0 || epoch + 6 > latest);
    some.map(|epoch| (epoch, server.handle.positions().encode(Epoch(epoch)))).collect()
}

/// Other rules: one output is gone, one has another column, one is new.
fn other_rules() -> String {
    RULES
        .replace("stepped", "stepping")
        .replace("per_county(county: symbol, n: number)", "per_county(county: symbol, n: number, of: symbol)")
        .replace("per_county(c, n) :-", "per_county(c, n, \"all\") :-")
        .replace("n = \"nobody\"", "n != \"nobody\"")
}

#[test]
fn who_is_behind_the_snapshot_goes_on_after_a_restart_byte_for_byte() {
    let (disk, mut dice) = (MemoryDisk::seeded(5), Dice(seed()));
    let server = Server::on(&disk, Setup::default());
    server.client.clock("2022-07-20").expect(200);
    happen(&server, &mut dice, 30);
    // An epoch that does not fit into one section of a snapshot: each of these is a clue at once, wherever the clock went.
    server.client.clock("2022-07-20").expect(200);
    let many: Vec<Value> = (0..3_000).map(|n| penalty("insert", "police:1", &format!("m{n}"), "7")).collect();
    server.client.batch(&many).expect(200);
    snapshot(&server);
    server.stop();

    let other = other_rules();
    let setup = || Setup { rules: &other, ..Setup::default() };
    let server = Server::on(&disk, setup());
    happen(&server, &mut dice, 20);
    let office = Office(server.client);
    let place = now(&server);
    office.put("behind", json!({"after": place})).expect(201);
    happen(&server, &mut dice, 10);
    snapshot(&server);
    happen(&server, &mut dice, 10);
    let all = positions(&server);
    let told: Vec<Vec<String>> = all.iter().map(|(_, position)| after(&server, position)).collect();
    assert!(told[0].concat().contains("stepping") && told[0].concat().len() > 1 << 20);
    let history = server.client.list("/v1/history");
    server.stop();

    let mut server = Server::on(&disk, setup());
    for round in 0..2 {
        assert!(server.handle.went_on_from() > Epoch(30), "it goes on from a snapshot");
        assert_eq!(server.handle.read().feed.oldest(), Epoch(0));
        for ((epoch, position), told) in all.iter().zip(&told) {
            assert_eq!(&after(&server, position), told, "round {round}: after epoch {epoch}");
        }
        assert_eq!(server.client.list("/v1/history"), history, "and the history still knows what became of clues");
        let office = Office(server.client);
        assert_eq!(office.get("behind").expect(200)["state"], "ready");
        assert_ne!(office.poll("subscription=behind").expect(200)["items"], json!([]));
        if round == 0 {
            // Once more, from a snapshot that was made of a snapshot.
            snapshot(&server);
            server.stop();
            server = Server::on(&disk, setup());
        }
    }
    happen(&server, &mut dice, 5);
    assert_eq!(after(&server, &all[0].1)[0], told[0][0]);
}
