//! What a reader makes of a stream of events, with every promise checked on the way: each epoch once and in order, each change fits what
//! is there, `complete` is never ahead, an id stands only at the end of an epoch, a snapshot is framed, other rules are announced, and
//! nothing follows a `reset`. Every stream that a test opens is read through one (see [`super::client::Events::next`]).

use super::client::Event;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Default)]
pub struct Model {
    /// Clues that hold, by id, as last shown.
    pub clues: BTreeMap<String, Value>,
    /// Rows of outputs, as text.
    pub rows: BTreeSet<String>,
    /// What a browser would send back.
    pub last_id: Option<String>,
    /// Everything at or before this epoch was given.
    pub through: u64,
    /// Epochs of the changes that were given, snapshots apart.
    pub epochs: Vec<u64>,
    /// Of an epoch that is not whole yet.
    pieces: Vec<(u64, Value)>,
    pub in_snapshot: bool,
    /// It has had a snapshot, so what a change is a change of is known.
    knows: bool,
    pub was_reset: bool,
    /// The position of a snapshot that is under way.
    framed: Option<Value>,
    /// What `rules-changed` announced.
    announced: Option<Value>,
    pub seen: BTreeMap<String, usize>,
}

impl Model {
    /// `epoch` reads a position.
    pub fn take(&mut self, event: &Event, epoch: impl Fn(&str) -> u64) {
        *self.seen.entry(event.name.clone()).or_default() += 1;
        assert!(!self.was_reset || event.name == "snapshot-begin", "after a reset came {event:?}");
        let position = event.data["position"].as_str();
        if let Some(id) = &event.id {
            assert!(!self.in_snapshot || event.name == "snapshot-end", "an id inside a snapshot: {event:?}");
            assert!(event.name == "reset" || Some(id.as_str()) == position, "an id that is not the position: {event:?}");
            self.last_id = Some(id.clone()).filter(|id| !id.is_empty());
        }
        match event.name.as_str() {
            "snapshot-begin" => {
                *self = Model {
                    framed: Some(event.data["position"].clone()),
                    in_snapshot: true,
                    knows: true,
                    last_id: self.last_id.take(),
                    seen: self.seen.clone(),
                    ..Model::default()
                };
            }
            "snapshot-end" => {
                assert!(self.in_snapshot);
                self.in_snapshot = false;
                assert_eq!(self.framed.take().as_ref(), Some(&event.data["position"]), "a snapshot is of one position");
                self.through = epoch(position.unwrap());
            }
            "change" if self.in_snapshot => {
                assert_eq!(event.data["cause"], json!({"kind": "snapshot"}));
                self.change(&event.data["changes"]);
            }
            "change" => {
                let at = epoch(position.unwrap());
                assert!(at > self.through, "epoch {at} came after {} was said to be complete", self.through);
                assert!(self.epochs.last().is_none_or(|last| at > *last), "epoch {at} came twice or late: {:?}", self.epochs);
                let nothing = event.data["changes"].as_array().unwrap().is_empty();
                assert!(!nothing || event.data["cause"]["kind"] == "rules", "{event:?}");
                assert!(["batch", "clock", "rules"].contains(&event.data["cause"]["kind"].as_str().unwrap()), "{event:?}");
                if event.data["cause"]["kind"] == "rules" && self.pieces.is_empty() {
                    self.announced = None;
                }
                assert_eq!(self.announced, None, "what was announced comes next");
                // A piece waits for its epoch to be whole, which its id says.
                let whole = event.data["more"].is_null();
                assert_eq!(whole, event.id.is_some(), "{event:?}");
                self.pieces.push((at, event.data["changes"].clone()));
                if whole {
                    self.epochs.push(at);
                    for (of, changes) in std::mem::take(&mut self.pieces) {
                        assert_eq!(of, at, "pieces of two epochs");
                        self.change(&changes);
                    }
                }
            }
            "complete" => {
                assert!(self.pieces.is_empty(), "complete inside an epoch");
                assert!(!self.in_snapshot, "complete inside a snapshot");
                let at = epoch(position.unwrap());
                assert!(at >= self.through && self.epochs.last().is_none_or(|last| at >= *last), "complete went back to {at}");
                self.through = at;
            }
            "reset" => {
                assert_eq!(event.id.as_deref(), Some(""), "a browser forgets where it was");
                self.was_reset = true;
            }
            "rules-changed" => self.announced = Some(event.data.clone()),
            "lagging" => assert!(!self.in_snapshot, "lagging inside a snapshot"),
            other => panic!("an event of no known name: {other}"),
        }
    }

    /// No epoch is half given.
    pub fn is_whole(&self) -> bool {
        self.pieces.is_empty() && self.last_id.is_some()
    }

    fn change(&mut self, changes: &Value) {
        for change in changes.as_array().unwrap() {
            let op = change["op"].as_str().unwrap();
            if let ("+" | "-", row) = (op, format!("{} {}", change["relation"], change["row"])) {
                let fits = if op == "+" { self.rows.insert(row.clone()) } else { self.rows.remove(&row) };
                assert!(fits || !self.knows, "{op} {row} does not fit");
                continue;
            }
            let clue = &change["clue"];
            let id = clue["id"].as_str().unwrap().to_string();
            let before = self.clues.remove(&id);
            match op {
                _ if !self.knows => {}
                "open" | "reopen" => assert!(before.is_none(), "{op} of a clue that is there: {change}"),
                "change" | "withdraw" => assert_eq!(before.as_ref(), Some(&change["was"]), "{op} of another clue than was shown"),
                other => panic!("an op of no known name: {other}"),
            }
            if op != "withdraw" {
                self.clues.insert(id, clue.clone());
            } else {
                assert_eq!(clue["machine"], "withdrawn");
            }
        }
    }
}
