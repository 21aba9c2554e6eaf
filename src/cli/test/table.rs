//! The rows of the input relations while a case runs, by key, and what a transaction changes of them.

use super::super::run::updates::{Line, UpdateError};
use crate::dataflow::InputChanges;
use crate::ingest::unfit;
use crate::program::{Column, Program, Relation};
use crate::types::{Interner, RelId, Row, Said, Value, Word};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Words = Vec<Word>;

/// Every input relation: key to row.
pub(super) struct Tables<'p> {
    program: &'p Program,
    texts: Arc<Interner>,
    rows: BTreeMap<RelId, BTreeMap<Words, Words>>,
    /// Net changes since they were last taken; rows that came and went are gone again.
    changes: BTreeMap<(RelId, Words), i64>,
}

/// The rows of a moment.
pub(super) struct Mark(BTreeMap<RelId, BTreeMap<Words, Words>>);

impl<'p> Tables<'p> {
    pub fn new(program: &'p Program, texts: Arc<Interner>) -> Tables<'p> {
        Tables { program, texts, rows: BTreeMap::new(), changes: BTreeMap::new() }
    }

    /// Rows of the pack's data, whose keys were judged when they were read.
    pub fn load(&mut self, id: RelId, rows: &[Row]) {
        let kinds = self.program.relation(id).kinds();
        for row in rows {
            let words: Words = row.values().iter().zip(&kinds).map(|(value, kind)| self.texts.encode(value, *kind)).collect();
            let key = self.key(self.program.relation(id), &words);
            self.rows.entry(id).or_default().insert(key, words.clone());
            self.count(id, words, 1);
        }
    }

    /// One transaction: what it takes away, then what it brings.
    pub fn apply(&mut self, lines: &[Line]) -> Result<(), Said> {
        for insert in [false, true] {
            for line in lines.iter().filter(|line| line.insert() == insert) {
                let (id, words) = self.read(line).map_err(|error| error.said())?;
                let done = if insert { self.insert(id, words) } else { self.remove(id, words) };
                done.map_err(|said| at_line(line.number(), said))?;
            }
        }
        Ok(())
    }

    fn read(&self, line: &Line) -> Result<(RelId, Words), UpdateError> {
        let is_input = |id: &RelId| {
            let relation = self.program.relation(*id);
            relation.input.is_some() || relation.record.is_some() || relation.clock
        };
        let id = self.program.find(line.relation()).filter(is_input).ok_or_else(|| line.unknown_relation())?;
        let mut words = Vec::new();
        line.words(&self.program.relation(id).columns, &self.program.structures, &self.texts, &mut words)?;
        Ok((id, words))
    }

    fn insert(&mut self, id: RelId, words: Words) -> Result<(), Said> {
        let relation = self.program.relation(id);
        self.fits(relation, &words)?;
        let key = self.key(relation, &words);
        let rows = self.rows.entry(id).or_default();
        match rows.get(&key) {
            Some(present) if is_same(relation, present, &words) => Ok(()),
            Some(_) if !relation.clock => Err(Said::new(
                "another row with this key is there already; a correction is a -1 and a +1",
                "已有相同主键的另一行；更正请写一行 -1 和一行 +1",
            )),
            present => {
                let old = present.cloned();
                rows.insert(key, words.clone());
                if let Some(old) = old {
                    self.count(id, old, -1);
                }
                self.count(id, words, 1);
                Ok(())
            }
        }
    }

    /// What the door refuses does not come in by a case either: it would expect of the rules what they are never asked.
    fn fits(&self, relation: &Relation, words: &[Word]) -> Result<(), Said> {
        let read = |(word, Column { kind, optional, .. }): (&Word, &Column)| self.texts.decode(*word, *kind, *optional);
        let row: Vec<Value> = words.iter().zip(&relation.columns).map(read).collect();
        let Some((column, said)) = unfit(relation, &row) else { return Ok(()) };
        let name = &relation.columns[column].name;
        Err(Said::new(format!("{name}: {}", said.en), format!("{name}：{}", said.zh)))
    }

    fn remove(&mut self, id: RelId, words: Words) -> Result<(), Said> {
        let relation = self.program.relation(id);
        let key = self.key(relation, &words);
        let rows = self.rows.entry(id).or_default();
        let Some(present) = rows.get(&key).filter(|present| is_same(relation, present, &words)).cloned() else {
            return Err(Said::new("there is no such row to take away", "没有可撤回的这一行"));
        };
        rows.remove(&key);
        self.count(id, present, -1);
        Ok(())
    }

    /// The key columns, in the form in which spellings are compared; all columns where no key is declared; nothing for a clock, which has
    /// one row.
    fn key(&self, relation: &Relation, words: &[Word]) -> Words {
        let Some(record) = relation.record.as_ref().filter(|_| !relation.clock) else {
            return if relation.clock { Vec::new() } else { words.to_vec() };
        };
        let one_form = |column: &usize| match record.alike.iter().find(|(alike, _)| alike == column) {
            Some((_, likeness)) => self.texts.intern(&likeness.of(&self.texts.text(words[*column]))),
            None => words[*column],
        };
        record.key.iter().map(one_form).collect()
    }

    pub fn mark(&self) -> Mark {
        Mark(self.rows.clone())
    }

    /// Back to the rows of a moment, as one more change.
    pub fn return_to(&mut self, mark: &Mark) {
        let none = BTreeMap::new();
        let now = std::mem::replace(&mut self.rows, mark.0.clone());
        let ids: BTreeSet<RelId> = now.keys().chain(mark.0.keys()).copied().collect();
        for id in ids {
            let (now, then) = (now.get(&id).unwrap_or(&none), mark.0.get(&id).unwrap_or(&none));
            if now == then {
                continue;
            }
            now.iter().filter(|(key, row)| then.get(*key) != Some(row)).for_each(|(_, row)| self.count(id, row.clone(), -1));
            then.iter().filter(|(key, row)| now.get(*key) != Some(row)).for_each(|(_, row)| self.count(id, row.clone(), 1));
        }
    }

    fn count(&mut self, id: RelId, words: Words, by: i64) {
        let slot = self.changes.entry((id, words)).or_insert(0);
        *slot += by;
    }

    /// The net changes of the relations that are read, since the last call.
    pub fn take_changes(&mut self, read: &[RelId]) -> Vec<InputChanges> {
        let mut all: Vec<InputChanges> = Vec::new();
        for ((id, words), diff) in std::mem::take(&mut self.changes) {
            if diff == 0 || !read.contains(&id) {
                continue;
            }
            if all.last().is_none_or(|last| last.relation != Some(id)) {
                all.push(InputChanges { relation: Some(id), ..Default::default() });
            }
            let last = all.last_mut().expect("one was pushed if there was none");
            last.words.extend(words);
            last.diffs.push(diff);
        }
        all
    }
}

/// Two rows of one key, whose spelling does not matter.
fn is_same(relation: &Relation, a: &[Word], b: &[Word]) -> bool {
    let in_key = |column| relation.record.as_ref().is_some_and(|record| record.key.contains(&column));
    (0..relation.arity()).all(|column| a[column] == b[column] || (in_key(column) && !relation.clock))
}

fn at_line(line: u64, said: Said) -> Said {
    Said::new(format!("line {line}: {}", said.en), format!("第 {line} 行：{}", said.zh))
}
