//! A data folder of the real binary, with a month of everything in it, and what a reader was told while it happened.

use crate::engine::rig::{JUSTICE, POLICE, RULES, penalty, receipt};
use crate::http::client::{JSON, NDJSON};
use crate::process::{ENGLISH, Ended, Serving, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub struct Folder {
    pub dir: tempfile::TempDir,
    /// The items of the long poll from the second epoch on, each as one line.
    pub told: Vec<String>,
}

impl Folder {
    /// A server lives through it and ends in order.
    pub fn lived() -> Folder {
        let (folder, server) = Folder::living();
        assert_eq!(server.end("TERM").code, Some(0));
        folder
    }

    /// The same, with the server still there.
    pub fn living() -> (Folder, Serving) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("rules.dl"), RULES).unwrap();
        let (data, rules) = (dir.path().join("data"), dir.path().join("rules.dl"));
        let args = ["--data", data.to_str().unwrap(), "--rules", rules.to_str().unwrap(), "--clock", "manual=2022-07-01"];
        let server = Serving::start(ENGLISH, dir.path(), "server", &args);
        server.until("ready");
        let first = server.client.get("/v1/changes").json()["position"].as_str().unwrap().to_string();
        for n in 0..14u32 {
            let day = format!("2022-07-{:02}", n + 2);
            server.client.clock(&day).expect(200);
            let no = (n % 5).to_string();
            let lines = penalty(if n % 3 == 0 { "upsert" } else { "insert" }, &no, n % 2, "hint", &day);
            let receipts = receipt(if n % 4 == 3 { "retract" } else { "insert" }, &(n % 3).to_string());
            for (agency, lines) in [(POLICE, lines), (JUSTICE, receipts)] {
                server.client.post("/v1/batches", &[NDJSON, ("Huiyan-Agency", agency)], &lines).expect(200);
            }
        }
        server.client.clock("2022-07-08").expect(200);
        server.client.clock("2022-07-20").expect(200);
        let clues = server.client.list("/v1/clues");
        let path = format!("/v1/clues/{}/verdicts", clues[0]["id"].as_str().unwrap());
        server.client.post(&path, &[JSON], r#"{"state":"dismissed","reason":"data-error","note":"见面谈过"}"#).expect(200);
        let (mut told, mut after) = (Vec::new(), first);
        loop {
            let page = server.client.get(&format!("/v1/changes?after={after}")).expect(200);
            let items = page["items"].as_array().unwrap();
            if items.is_empty() {
                break;
            }
            told.extend(items.iter().map(|item| format!("{item}\n")));
            after = page["position"].as_str().unwrap().to_string();
        }
        (Folder { dir, told }, server)
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Of the binary, in the folder above the data.
    pub fn run(&self, args: &[&str]) -> Ended {
        run(ENGLISH, self.dir.path(), args)
    }

    /// The data once more, beside it.
    pub fn copy(&self, name: &str) -> PathBuf {
        let to = self.dir.path().join(name);
        copy(&self.data(), &to);
        to
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Every file and folder below, with its bytes and the time of its last change.
pub fn all_of(dir: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let changed = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        all.insert(folder.clone(), (changed(&folder), Vec::new()));
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                all.insert(path.clone(), (changed(&path), fs::read(&path).unwrap()));
            }
        }
    }
    all
}
