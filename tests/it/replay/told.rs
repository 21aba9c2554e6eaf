//! What `huiyan replay` prints.

use super::folder::{Folder, all_of};
use crate::engine::rig::RULES;
use crate::http::client::{JSON, NDJSON};
use crate::process::{CHINESE, ENGLISH, Serving, huiyan};
use serde_json::Value;

/// The lines of a replay after the first, which installs the rules.
fn lines(out: &str) -> Vec<String> {
    out.lines().skip(1).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_replay_tells_what_a_reader_was_told_for_any_number_of_workers_anywhere() {
    let folder = Folder::lived();
    let before = all_of(&folder.data());
    let first = folder.run(&["replay", "data"]);
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""));
    assert_eq!(lines(&first.out), folder.told);
    for feature in [
        "\"op\":\"open\"",
        "\"op\":\"change\"",
        "\"op\":\"withdraw\"",
        "\"op\":\"reopen\"",
        "\"op\":\"-\"",
        "\"kind\":\"clock\"",
        "\"kind\":\"verdict\"",
    ] {
        assert!(first.out.contains(feature), "nothing with {feature}");
    }
    assert_eq!(serde_json::from_str::<Value>(first.out.lines().next().unwrap()).unwrap()["cause"]["kind"], "rules");
    for workers in ["2", "3", "4", "8"] {
        let mut command = huiyan(CHINESE, &["replay", "data", "--workers", workers]);
        let other = command.current_dir(folder.dir.path()).env("TZ", "America/Los_Angeles").output().unwrap();
        assert_eq!(String::from_utf8(other.stdout).unwrap(), first.out, "{workers} workers");
    }
    assert_eq!(all_of(&folder.data()), before, "a replay changed the folder");
}

#[test]
fn a_replay_works_beside_the_server_and_on_a_folder_that_may_only_be_read() {
    let (folder, server) = Folder::living();
    let beside = folder.run(&["replay", "data"]);
    assert_eq!((beside.code, lines(&beside.out)), (Some(0), folder.told.clone()));
    assert_eq!(folder.run(&["verify", "data"]).code, Some(0));
    assert_eq!(server.end("KILL").code, None);
    let before = all_of(&folder.data());
    assert_eq!(folder.run(&["replay", "data"]).out, beside.out);
    let verified = folder.run(&["verify", "data"]);
    assert_eq!(verified.code, Some(0), "{}", verified.out);
    assert_eq!(all_of(&folder.data()), before);
}

#[test]
fn a_part_is_told_by_position_by_day_and_by_instant() {
    let folder = Folder::lived();
    let run = |args: &[&str]| {
        let ended = folder.run(&[&["replay", "data"], args].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.out
    };
    let all: Vec<Value> = run(&[]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let position = |line: &Value| line["position"].as_str().unwrap().to_string();
    let (from, until) = (position(&all[3]), position(&all[7]));
    let told: Vec<Value> =
        run(&["--from", &from, "--until", &until]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told, all[3..=7]);
    // By the day of the clock, to which it came back once; a day is told with all that happened on it.
    let mut shown = "2022-07-01".to_string();
    let days: Vec<(String, &Value)> = all
        .iter()
        .map(|line| {
            if line["cause"]["kind"] == "clock" {
                shown = line["cause"]["now"].as_str().unwrap().to_string();
            }
            (shown.clone(), line)
        })
        .collect();
    let wanted = days.iter().filter(|(_, line)| {
        line["cause"]["kind"] == "clock" && ("2022-07-06"..="2022-07-10").contains(&line["cause"]["now"].as_str().unwrap())
    });
    let out = run(&["--from", "2022-07-06", "--until", "2022-07-10"]);
    assert!(wanted.clone().count() > 3);
    wanted.for_each(|(_, line)| assert!(out.contains(&line.to_string())));
    for outside in ["2022-07-05", "2022-07-11", "2022-07-15"] {
        assert!(!out.contains(&format!("\"cause\":{{\"kind\":\"clock\",\"now\":\"{outside}\"")), "{outside}");
    }
    let instant = all[5]["at"].as_str().unwrap();
    assert_eq!(run(&["--from", instant]).lines().next().unwrap(), all[5].to_string());
    for (args, code, said) in [
        (&["--from", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"][..], 1, "no such position"),
        (&["--from", "soon"], 2, "a position, a day"),
        (&["--from", "2022-13-01"], 2, "'2022-13-01' for '--from"),
        (&["--until", "2001-01-01T00:00:00+08:00"], 1, "nothing lies"),
        (&["--from", "2031-01-01"], 1, "the history goes from"),
        (&["--from", "2022-07-10", "--until", "2022-07-01"], 1, "nothing lies"),
    ] {
        let ended = folder.run(&[&["replay", "data"], args].concat());
        assert_eq!(ended.code, Some(code));
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let folder = Folder::lived();
    let none = folder.run(&["replay", "nowhere"]);
    assert_eq!(none.code, Some(1));
    assert!(none.err.contains("no data folder"), "{}", none.err);
    let copy = folder.copy("copy");
    std::fs::remove_dir_all(copy.join("keys")).unwrap();
    let closed = folder.run(&["replay", "copy"]);
    assert_eq!(closed.code, Some(3));
    assert!(closed.err.contains("seal-1.key is missing"), "{}", closed.err);
    assert!(!copy.join("keys").exists(), "keys were made");
}

/// A line of a comparison: its lists, as rule and what is shown.
fn lists(line: &str) -> [Vec<Value>; 4] {
    let line: Value = serde_json::from_str(line).unwrap();
    ["only_before", "only_after", "changed", "over"].map(|name| line[name].as_array().unwrap().clone())
}

#[test]
fn another_pack_tells_how_its_clues_differ_epoch_by_epoch() {
    let folder = Folder::lived();
    let put = |name: &str, rules: String| std::fs::write(folder.dir.path().join(name), rules).unwrap();
    put("same.dl", format!("{RULES}// in other words\n"));
    put("later.dl", RULES.replace("t > d + 3", "t > d + 5"));
    put("renamed.dl", RULES.replace("未按期通知", "逾期未通知"));
    put(
        "lesser.dl",
        RULES
            .replace(".decl receipt(no: symbol)", ".decl receipt(number: symbol)")
            .replace("key=\"no\", owner=\"justice\"", "key=\"number\", owner=\"justice\""),
    );
    let before = all_of(&folder.data());
    let run = |name: &str, args: &[&str]| {
        let ended = folder.run(&[&["replay", "data", "--rules", name], args].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended
    };
    let same = run("same.dl", &[]);
    assert_eq!(same.out, "", "the same rules differ");
    assert!(same.err.contains("missing"), "{}", same.err);

    // A clue that comes two days later is missed for two days.
    let later = run("later.dl", &[]);
    let lines: Vec<[Vec<Value>; 4]> = later.out.lines().map(lists).collect();
    let count = |n: usize| lines.iter().map(|line| line[n].len()).sum::<usize>();
    assert!(count(0) > 3 && count(1) == 0 && count(3) > 2, "{}", later.out);
    assert!(lines.iter().flat_map(|line| &line[0]).all(|clue| clue["rule"] == "missing" && clue["machine"] != "withdrawn"));
    for workers in ["2", "4"] {
        assert_eq!(run("later.dl", &["--workers", workers]).out, later.out, "{workers} workers");
    }
    // What the lines add up to is what holds in a part that begins later.
    let middle: Value = serde_json::from_str(later.out.lines().nth(4).unwrap()).unwrap();
    let position = middle["position"].as_str().unwrap();
    let from = run("later.dl", &["--from", position]);
    assert_eq!(from.out.lines().skip(1).collect::<Vec<_>>(), later.out.lines().skip(5).collect::<Vec<_>>());
    let mut holds = std::collections::BTreeSet::new();
    for line in &lines[..5] {
        holds.extend(line[0].iter().map(|clue| clue["id"].to_string()));
        for clue in &line[3] {
            holds.remove(&clue["id"].to_string());
        }
    }
    let first: std::collections::BTreeSet<String> =
        lists(from.out.lines().next().unwrap())[0].iter().map(|clue| clue["id"].to_string()).collect();
    assert_eq!(first, holds);

    let renamed = run("renamed.dl", &[]);
    let lines: Vec<[Vec<Value>; 4]> = renamed.out.lines().map(lists).collect();
    assert!(lines.iter().all(|line| line[0].is_empty() && line[1].is_empty()), "{}", renamed.out);
    let changed = &lines[0][2][0];
    assert_eq!((&changed["before"]["title"], &changed["after"]["title"]), (&"未按期通知".into(), &"逾期未通知".into()));

    // Rows without a place are told.
    let lesser = run("lesser.dl", &[]);
    assert!(lesser.err.contains("receipt: the other rules need a column number, which it does not have; "), "{}", lesser.err);
    assert!(lesser.out.lines().map(lists).any(|line| !line[1].is_empty()), "without receipts nothing refutes");
    assert_eq!(all_of(&folder.data()), before);
    let bad = folder.run(&["replay", "data", "--rules", "nowhere.dl"]);
    assert_eq!(bad.code, Some(1));
}

#[test]
fn the_past_is_served_for_reading_as_it_was_on_a_day() {
    let folder = Folder::lived();
    let before = all_of(&folder.data());
    let data = folder.data();
    let past = Serving::command(
        ENGLISH,
        folder.dir.path(),
        "past",
        &["replay", data.to_str().unwrap(), "--until", "2022-07-10", "--listen", "127.0.0.1:0"],
    );
    let client = past.client;
    let now = client.list("/v1/relations/today/rows");
    assert_eq!(now, [serde_json::json!({"day": "2022-07-10"})]);
    let lines: Vec<Value> = folder.run(&["replay", "data"]).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The clock came back to that day once more; what counts is when it first left it.
    let left = lines.iter().position(|line| line["cause"]["now"].as_str() > Some("2022-07-10")).unwrap();
    let mut holds = std::collections::BTreeSet::new();
    for change in
        lines[..left].iter().flat_map(|line| line["changes"].as_array().unwrap()).filter(|change| change["clue"].is_object())
    {
        let id = change["clue"]["id"].to_string();
        if change["op"] == "withdraw" {
            holds.remove(&id)
        } else {
            holds.insert(id)
        };
    }
    let shown: std::collections::BTreeSet<String> = client.list("/v1/clues").iter().map(|clue| clue["id"].to_string()).collect();
    assert!(!shown.is_empty());
    assert_eq!(shown, holds);
    let told = client.list("/v1/history");
    assert_eq!(told.last().unwrap()["position"], client.get("/v1/clues").json()["position"]);
    assert_eq!(client.post("/v1/batches", &[NDJSON], "{}").problem(), "past");
    assert_eq!(client.clock("2022-07-11").problem(), "past");
    for (method, path, body) in [
        ("GET", "/v1/subscriptions", ""),
        ("GET", "/v1/subscriptions/evening", ""),
        ("PUT", "/v1/subscriptions/evening", "{}"),
        ("DELETE", "/v1/subscriptions/evening", ""),
        ("GET", "/v1/changes?subscription=evening", ""),
    ] {
        let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[JSON] };
        let answer = client.send(method, path, headers, body.as_bytes());
        assert_eq!((answer.status, answer.problem().as_str()), (409, "past"), "{method} {path}");
    }
    assert_eq!(client.get("/readyz").json()["phase"], "past");
    assert_eq!(past.end("TERM").code, Some(0));
    assert_eq!(all_of(&folder.data()), before);
}
