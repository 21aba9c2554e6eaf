//! Records of the two workloads, made up from a seed, as the words the engine is fed with.

use huiyan::types::{Interner, Word, word_of_number};
use std::collections::HashSet;

pub struct Change {
    pub relation: &'static str,
    pub row: Vec<Word>,
    pub diff: i64,
}

/// A small repeatable source of numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

pub struct Workload {
    pub rules: &'static str,
    /// Records loaded so far.
    pub loaded: usize,
    wanted: usize,
    dice: Dice,
    kind: Kind,
    /// Rows that are there and may go.
    present: Vec<(&'static str, Vec<Word>)>,
    known: HashSet<(&'static str, Vec<Word>)>,
    number: u64,
}

enum Kind {
    Reach { nodes: u64 },
    Supervision { probation: Word, prison: Word, procuratorate: Word, police: Word, people: Vec<(u64, u64, u64)> },
}

const REACH: &str = "
    .decl arc(x: number, y: number) .input arc
    .decl source(x: number) .input source
    .decl reach(x: number) .output reach
    reach(x) :- source(x).
    reach(y) :- reach(x), arc(x, y).
";

const SUPERVISION: &str = r#"
    .decl person(id: number, name: symbol, county: symbol, category: symbol, from: number, to: number) .input person
    .decl judgment(case_no: symbol, person: number, court: symbol, kind: symbol, day: number, county: symbol) .input judgment
    .decl registration(person: number, agency: symbol, day: number) .input registration
    .decl penalty(decision: symbol, person: number, agency: symbol, kind: symbol, day: number) .input penalty
    .decl receipt(doc: symbol, subject: symbol, receiver: symbol, day: number) .input receipt
    .decl on_time(decision: symbol)
    on_time(n) :- penalty(n, _, _, _, d), receipt(_, n, "procuratorate", r), r <= d + 3.
    .decl notice_missing(decision: symbol, person: number, agency: symbol) .output notice_missing
    notice_missing(n, p, a) :- penalty(n, p, a, _, d), person(p, _, _, _, s, e), s <= d, d <= e, !on_time(n).
    .decl notice_late(decision: symbol, person: number, agency: symbol) .output notice_late
    notice_late(n, p, a) :- penalty(n, p, a, _, d), person(p, _, _, _, s, e), s <= d, d <= e,
        receipt(_, n, "procuratorate", r), r > d + 3.
    .decl not_registered(case_no: symbol, person: number) .output not_registered
    not_registered(c, p) :- judgment(c, p, _, "probation", _, _), !registration(p, _, _).
    .decl flagged(agency: symbol, decision: symbol)
    flagged(a, n) :- notice_missing(n, _, a).
    flagged(a, n) :- notice_late(n, _, a).
    .decl agency_alert(agency: symbol, n: number) .output agency_alert
    agency_alert(a, n) :- flagged(a, _), n = count : { flagged(a, _) }, n >= 3.
"#;

impl Workload {
    fn new(rules: &'static str, wanted: usize, kind: Kind) -> Workload {
        let (present, known) = (Vec::new(), HashSet::new());
        Workload { rules, loaded: 0, wanted, dice: Dice(7), kind, present, known, number: 1 << 40 }
    }

    /// A random graph with four arcs a node.
    pub fn reach(records: usize) -> Workload {
        Workload::new(REACH, records, Kind::Reach { nodes: records as u64 / 4 })
    }

    /// Five kinds of records, as many of each; one in a hundred breaks a rule.
    pub fn supervision(records: usize, texts: &Interner) -> Workload {
        let [probation, prison, procuratorate, police] =
            ["probation", "imprisonment", "procuratorate", "police"].map(|text| texts.intern(text));
        let people = Vec::new();
        Workload::new(SUPERVISION, records, Kind::Supervision { probation, prison, procuratorate, police, people })
    }

    /// The next part of the load.
    pub fn load(&mut self, most: usize) -> Option<Vec<Change>> {
        let until = self.wanted.min(self.loaded + most);
        let mut changes = Vec::new();
        while self.loaded < until {
            let before = changes.len();
            self.step(&mut changes);
            self.loaded += changes.len() - before;
        }
        (!changes.is_empty()).then_some(changes)
    }

    /// One record comes, or one goes.
    pub fn transaction(&mut self) -> Vec<Change> {
        if self.dice.roll(3) == 0 {
            let at = self.dice.roll(self.present.len() as u64) as usize;
            let (relation, row) = self.present.swap_remove(at);
            self.known.remove(&(relation, row.clone()));
            return vec![Change { relation, row, diff: -1 }];
        }
        let mut changes = Vec::new();
        while changes.is_empty() {
            self.step(&mut changes);
        }
        changes.truncate(1);
        changes
    }

    fn step(&mut self, changes: &mut Vec<Change>) {
        match self.kind {
            Kind::Reach { nodes } => self.arc(nodes, changes),
            Kind::Supervision { .. } => self.person(changes),
        }
    }

    /// Adds a row, if it is new. Few of the rows may go later, so that the bench itself stays small.
    fn add(&mut self, relation: &'static str, row: Vec<Word>, changes: &mut Vec<Change>) {
        if self.number.is_multiple_of(64) || self.loaded >= self.wanted {
            if !self.known.insert((relation, row.clone())) {
                return;
            }
            self.present.push((relation, row.clone()));
        }
        changes.push(Change { relation, row, diff: 1 });
    }

    fn arc(&mut self, nodes: u64, changes: &mut Vec<Change>) {
        if self.number == 1 << 40 {
            (0..3).for_each(|i| changes.push(Change { relation: "source", row: vec![number(i)], diff: 1 }));
        }
        self.number += 1;
        // A few arcs come twice; the engine counts them.
        let from = self.dice.roll(nodes);
        let to = self.dice.roll(nodes);
        self.add("arc", vec![number(from), number(to)], changes);
    }

    /// A text that stands nowhere else.
    fn text(&mut self) -> Word {
        self.number += 1;
        self.number
    }

    /// A text of a few.
    fn of(&mut self, kind: u64, count: u64) -> Word {
        (1 << 50) + (kind << 40) + self.dice.roll(count)
    }

    fn person(&mut self, changes: &mut Vec<Change>) {
        let Kind::Supervision { probation, prison, procuratorate, police, .. } = self.kind else { return };
        let Kind::Supervision { people, .. } = &mut self.kind else { return };
        let (id, from) = (people.len() as u64, 18_000 + self.dice.roll(1_500));
        let to = from + 180 + self.dice.roll(1_500);
        people.push((id, from, to));
        let of = people[self.dice.roll(people.len() as u64) as usize];
        let (counties, agencies) = (2_500, (self.wanted as u64 / 2_000).max(8));
        let (name, county, category) = (self.text(), self.of(1, counties), self.of(2, 4));
        self.add("person", vec![number(id), name, county, category, number(from), number(to)], changes);
        let kind = if self.dice.roll(10) < 7 { probation } else { prison };
        let (case, court) = (self.text(), self.of(3, counties));
        self.add("judgment", vec![case, number(id), court, kind, number(from), county], changes);
        if self.dice.roll(100) > 0 {
            let agency = self.of(4, agencies);
            self.add("registration", vec![number(id), agency, number(from + 3)], changes);
        }
        let day = of.1 + self.dice.roll(of.2 - of.1 + 20);
        let (decision, agency, kind) = (self.text(), self.of(4, agencies), self.of(5, 4));
        self.add("penalty", vec![decision, number(of.0), agency, kind, number(day)], changes);
        let late = match self.dice.roll(1_000) {
            0..6 => return,
            6..11 => 4 + self.dice.roll(30),
            _ => self.dice.roll(4),
        };
        let doc = self.text();
        self.add("receipt", vec![doc, decision, procuratorate, number(day + late)], changes);
        if self.dice.roll(20) == 0 {
            let doc = self.text();
            self.add("receipt", vec![doc, decision, police, number(day + late)], changes);
        }
    }
}

fn number(x: u64) -> Word {
    word_of_number(x as i64)
}
