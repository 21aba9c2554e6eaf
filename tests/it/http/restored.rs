//! A folder that was put back as it was earlier: does everybody who holds a place of what is lost hear so, however long the new history
//! grows, and does everybody else go on?

use super::client::{Answer, NDJSON};
use super::doors::penalty;
use super::model::Model;
use super::server::{Server, Setup};
use super::streams::follow;
use super::subscriptions::{Office, now};
use huiyan::storage::disk::{Disk, Fate, MemoryDisk};
use serde_json::json;
use std::path::Path;

/// An epoch: a record of this number.
fn record(server: &Server, no: &str) -> String {
    let taken = server.client.batch(&[penalty("insert", "police:1", no, "1")]).expect(200);
    taken["position"].as_str().unwrap().to_string()
}

fn is_told(answer: &Answer) {
    assert_eq!((answer.status, answer.problem().as_str()), (410, "other-history"));
}

/// Every way in which a position can be handed in.
fn is_told_everywhere(server: &Server, lost: &str) {
    let (client, office) = (server.client, Office(server.client));
    for answer in [
        client.get(&format!("/v1/changes?after={lost}")),
        client.get(&format!("/v1/history?from={lost}")),
        client.get(&format!("/v1/history?to={lost}")),
        client.subscribe(&format!("?after={lost}"), None).refused(),
        client.subscribe("", Some(lost)).refused(),
        office.acknowledge("early", lost),
        office.put("new", json!({"after": lost})),
        office.read("early", Some(lost)).refused(),
    ] {
        is_told(&answer);
    }
    assert_eq!(office.get("new").status, 404, "nothing came of it");
    // A page of a list, of which a lost position is a part.
    assert_eq!(client.get(&format!("/v1/clues?page={lost}.{:032x}", 7)).problem(), "page-expired");
}

#[test]
fn a_place_in_a_lost_future_is_never_taken_for_one_in_the_history_that_took_its_place() {
    let disk = MemoryDisk::seeded(1);
    let server = Server::on(&disk, Setup::default());
    let office = Office(server.client);
    server.client.clock("2022-07-30").expect(200);
    let keyed = [NDJSON, ("Idempotency-Key", "first")];
    let receipt = server.client.post("/v1/batches", &keyed, &penalty("insert", "police:1", "a", "1").to_string()).expect(200);
    let shared = record(&server, "b");
    let clues = server.client.get("/v1/clues").expect(200);
    office.put("early", json!({"after": shared})).expect(201);

    // A copy, while everything goes on; the file of places is copied last.
    let copy = disk.crash(Fate::Kept);
    let lost: Vec<String> = ["lost-1", "lost-2", "lost-3"].map(|no| record(&server, no)).to_vec();
    let mut model = Model::default();
    follow(&server, &mut server.client.subscribe("", None), &mut model);
    assert_eq!(model.last_id.as_deref(), Some(&*lost[2]), "what a stream gives is a position like others");
    office.put("late", json!({"from": "now"})).expect(201);
    let places = Path::new("/data/cursors");
    copy.put(places, &disk.bytes(places).unwrap());
    server.stop();
    // No two machines draw the same numbers.
    copy.random(&mut [0; 9]).unwrap();

    let server = Server::on(&copy, Setup::default());
    let office = Office(server.client);
    for round in 0..6 {
        for lost in &lost {
            is_told_everywhere(&server, lost);
        }
        let late = office.get("late").expect(200);
        assert_eq!((&late["state"], &late["position"]), (&json!("expired"), &json!(lost[2])), "as it was given");
        for answer in [office.poll("subscription=late"), office.read("late", None).refused()] {
            is_told(&answer);
            assert_eq!(answer.json()["errors"][0]["pointer"], "/query/subscription");
        }
        assert_eq!(office.put("late", json!({})).expect(200)["state"], "expired", "who puts at each start sees it at once");
        // What both histories have goes on.
        for query in [format!("after={shared}"), "subscription=early".to_string()] {
            let polled = office.poll(&query).expect(200);
            assert_eq!(polled["items"].as_array().unwrap().len(), round, "{query}");
        }
        record(&server, &format!("new-{round}"));
    }
    let again = server.client.post("/v1/batches", &keyed, &penalty("insert", "police:1", "a", "1").to_string()).expect(200);
    assert_eq!((&again["position"], &again["replayed"]), (&receipt["position"], &json!(true)));
    let old = server.client.list("/v1/clues");
    for clue in clues["items"].as_array().unwrap() {
        assert!(old.contains(clue), "an old clue is called what it was: {clue}");
    }

    // A place in a lost history holds nobody back, and a new one is good.
    assert_eq!(office.acknowledge("late", &shared).expect(200)["position"], json!(shared));
    assert_eq!(office.put("late", json!({"from": "snapshot"})).expect(200)["state"], "snapshot");
    let mut model = Model::default();
    follow(&server, &mut office.read("late", None), &mut model);
    let here = model.last_id.clone().unwrap();
    assert_eq!(office.acknowledge("late", &here).expect(200)["state"], "ready");
    server.stop();

    // An orderly restart loses nobody, though nothing is left of what was lost but its places.
    let server = Server::on(&copy, Setup::default());
    let office = Office(server.client);
    assert_eq!(now(&server), here);
    record(&server, "last");
    for query in [format!("after={here}"), "subscription=late".to_string()] {
        assert_eq!(office.poll(&query).expect(200)["items"].as_array().unwrap().len(), 1, "{query}");
    }
    is_told_everywhere(&server, &lost[0]);
}

#[test]
fn a_folder_without_its_timelines_tells_everybody_rather_than_nobody() {
    let disk = MemoryDisk::seeded(2);
    let server = Server::on(&disk, Setup::default());
    let before = record(&server, "a");
    server.stop();
    disk.remove(Path::new("/data/timelines")).unwrap();
    let server = Server::on(&disk, Setup::default());
    is_told(&server.client.get(&format!("/v1/changes?after={before}")));
    let new = now(&server);
    assert_ne!(new, before);
    server.client.get(&format!("/v1/changes?after={new}")).expect(200);
    let after = record(&server, "b");
    server.stop();
    let server = Server::on(&disk, Setup::default());
    for position in [new, after] {
        server.client.get(&format!("/v1/changes?after={position}")).expect(200);
    }
}
