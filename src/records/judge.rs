//! Lines against what is there: keys, owners, corrections. Later lines see what earlier ones did; nothing changes until a draft is applied.

use super::draft::{Draft, Notes, Origin};
use super::fault::{
    ABSENT, FOREIGN_OWNER, Fault, KEY_PRESENT, KEY_TWICE, NO_KEY, NOT_WRITABLE, NOT_YOURSELF, RESERVED_VALUE, ROW_DIFFERS,
    WRONG_KIND,
};
use super::held::{Asserted, Held, Rank};
use super::shape::{Shape, own_key};
use super::store::Records;
use super::table::Table;
use crate::security::Agency;
use crate::types::{RelId, Row, Value, Word};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a line wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    Insert,
    Upsert,
    Retract,
}

#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    Whole(&'a Row),
    /// Values of the key columns, for a retract.
    Key(&'a Row),
}

/// A line of the right arity and kinds.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// From 1.
    pub line: u64,
    pub relation: RelId,
    pub write: Write,
    pub given: Given<'a>,
    /// Cells that were written otherwise: column, and the text as sent.
    pub repaired: &'a [(u32, String)],
}

/// The row that a pack's data have under each key.
type PackKeys = HashMap<(RelId, Box<[Word]>), Box<[Word]>>;

impl Records {
    /// A batch of an outside speaker.
    pub fn judge<'a>(&'a self, speaker: &Agency, lines: impl IntoIterator<Item = Line<'a>>, source: Option<&str>) -> Draft {
        let mut notes = Notes::new(self, speaker.as_str(), source);
        let outcomes = lines.into_iter().map(|line| self.line(speaker, &line, &mut notes)).collect();
        notes.finish(outcomes)
    }

    /// `lines` are the whole of what the speaker asserts in this relation: the rest of it is withdrawn. What a line writes counts as an
    /// upsert. A row whose line is refused stays as it was: a slip of the pen withdraws nothing. `unread` are the keys of lines that the
    /// door refused; if one is empty, nobody knows which row was meant, and nothing is withdrawn. A line that names another agency in place
    /// of the speaker means the speaker's row.
    pub fn judge_whole<'a>(
        &self,
        speaker: &Agency,
        relation: RelId,
        lines: impl IntoIterator<Item = Line<'a>>,
        unread: &HashSet<Row>,
        source: Option<&str>,
    ) -> Draft {
        let mut notes = Notes::new(self, speaker.as_str(), source);
        let mut seen: HashSet<Box<[Word]>> = HashSet::new();
        let mut misnamed: HashSet<Row> = HashSet::new();
        let outcomes = lines.into_iter().map(|line| {
            let Given::Whole(row) = line.given else { return Err(Fault::line(NOT_WRITABLE)) };
            let table =
                self.tables.get(&relation).filter(|table| line.relation == relation && table.shape.arity() == row.values().len());
            let table = table.ok_or(Fault::line(NOT_WRITABLE))?;
            let outcome = self.line(speaker, &Line { write: Write::Upsert, ..line }, &mut notes);
            if outcome.is_err_and(|fault| fault.code == NOT_YOURSELF) {
                misnamed.insert(row.project(&table.shape.key));
            }
            let key = table.shape.encode_key(&row.project(&table.shape.key), &self.texts);
            seen.insert(notes.spelling(table, key));
            outcome
        });
        let outcomes: Vec<Result<(), Fault>> = outcomes.collect();
        let table = self
            .tables
            .get(&relation)
            .filter(|table| may_write(&table.shape, speaker).is_ok() && !unread.contains(&Row::default()));
        if let Some(table) = table {
            let own = notes.speaker();
            let Shape { by, key: columns, .. } = &table.shape;
            let mine = |key: &Row| own_key(*by, columns, key, speaker.as_str());
            let named = |key: &Row| table.shape.meant(&if speaker.is_operator() { key.clone() } else { mine(key) });
            let bad: HashSet<Row> = unread.iter().chain(&misnamed).map(named).collect();
            let is_bad = |key: &[Word]| bad.contains(&table.shape.meant(&table.shape.decode_key(key, &self.texts)));
            let stays = |key: &[Word]| seen.contains(key) || (!bad.is_empty() && is_bad(key));
            self.withdraw_rest(table, |one| one.asserter == own, stays, &mut notes);
        }
        notes.finish(outcomes)
    }

    /// The whole data of the pack in force, in every relation; data of other packs go. One outcome for each row, in order.
    pub fn judge_pack(&self, pack: &Agency, data: &[(RelId, Vec<Row>)]) -> Draft {
        let mut notes = Notes::new(self, pack.as_str(), None);
        let mut seen = PackKeys::new();
        let mut outcomes = Vec::new();
        for (relation, rows) in data {
            for row in rows {
                outcomes.push(self.pack_row(*relation, row, &mut seen, &mut notes));
            }
        }
        for (id, table) in &self.tables {
            self.withdraw_rest(table, |one| one.rank == Rank::Pack, |key| seen.contains_key(&(*id, key.into())), &mut notes);
        }
        notes.finish(outcomes)
    }

    fn line<'n>(&self, speaker: &Agency, line: &Line<'n>, notes: &mut Notes<'n>) -> Result<(), Fault> {
        let table = self.tables.get(&line.relation).ok_or(Fault::line(NOT_WRITABLE))?;
        let shape = &table.shape;
        may_write(shape, speaker)?;
        match (line.given, line.write) {
            (Given::Key(_), Write::Insert | Write::Upsert) => Err(Fault::line(NO_KEY)),
            (Given::Key(_), Write::Retract) if !shape.keyed => Err(Fault::line(NO_KEY)),
            (Given::Key(key), Write::Retract) => {
                let own = shape.by.and_then(|by| shape.key.iter().position(|&column| column == by));
                is_own(own.and_then(|at| key.values().get(at)), shape, speaker)?;
                let sent = match shape.alike.as_slice() {
                    [] => shape.look_up_key(key, &self.texts).ok_or(Fault::line(ABSENT))?,
                    _ => shape.encode_key(key, &self.texts),
                };
                let key = notes.spelling(table, sent.clone());
                let origin = self.origin(shape, line, &sent, &key);
                retract(shape, speaker, key, None, origin, notes)
            }
            (Given::Whole(row), write) => {
                if row.values().len() != shape.arity() {
                    return Err(Fault::line(NOT_WRITABLE));
                }
                reserved(row)?;
                is_own(shape.by.map(|by| &row[by]), shape, speaker)?;
                let mut words = shape.encode(row.values(), &self.texts);
                let sent = shape.key_of(&words);
                let key = notes.spelling(table, sent.clone());
                shape.key.iter().zip(&key).for_each(|(&column, word)| words[column] = *word);
                let origin = self.origin(shape, line, &sent, &key);
                match write {
                    Write::Insert | Write::Upsert => put(shape, speaker, words, write, origin, notes),
                    Write::Retract => retract(shape, speaker, key, Some(&words), origin, notes),
                }
            }
        }
    }

    /// Where a change comes from. A key that stands there in another spelling was written otherwise, too.
    fn origin<'n>(&self, shape: &Shape, line: &Line<'n>, sent: &[Word], key: &[Word]) -> Origin<'n> {
        let mut repaired = Cow::Borrowed(line.repaired);
        let mut respelled = 0;
        for ((&column, sent), stands) in shape.key.iter().zip(sent).zip(key) {
            if sent != stands && line.repaired.iter().all(|(other, _)| *other as usize != column) {
                repaired.to_mut().push((column as u32, self.texts.text(*sent).to_string()));
                respelled += 1;
            }
        }
        Origin { line: line.line, repaired, respelled }
    }

    fn pack_row(&self, relation: RelId, row: &Row, seen: &mut PackKeys, notes: &mut Notes<'_>) -> Result<(), Fault> {
        let table = self.tables.get(&relation).filter(|table| !table.shape.clock && table.shape.arity() == row.values().len());
        let table = table.ok_or(Fault::line(NOT_WRITABLE))?;
        reserved(row)?;
        let mut words = table.shape.encode(row.values(), &self.texts);
        let key = notes.spelling(table, table.shape.key_of(&words));
        table.shape.key.iter().zip(&key).for_each(|(&column, word)| words[column] = *word);
        if *seen.entry((relation, key.clone())).or_insert_with(|| words.clone()) != words {
            return Err(Fault::line(KEY_TWICE));
        }
        let new = Asserted { row: words, asserter: notes.speaker(), rank: Rank::Pack };
        let mut held = notes.held(relation, &key);
        let old = held.all().find(|one| one.rank == Rank::Pack).cloned();
        if old.is_some_and(|old| !held.withdraw(&old)) || !held.assert(new) {
            return Err(Fault::line(KEY_PRESENT));
        }
        notes.set(relation, key, held, Origin::NONE);
        Ok(())
    }

    /// Withdraws what `mine` says is the speaker's and `seen` does not know.
    fn withdraw_rest(
        &self,
        table: &Table,
        mine: impl Fn(&Asserted) -> bool,
        seen: impl Fn(&[Word]) -> bool,
        notes: &mut Notes<'_>,
    ) {
        let shape = &table.shape;
        let asserted =
            |(row, asserter): (&[Word], _)| Asserted { row: row.into(), asserter, rank: self.asserters.rank(asserter) };
        let hidden: BTreeMap<_, _> = table.hidden().map(|one| (one.row.clone(), one.clone())).collect();
        let old = table.rows().map(asserted).chain(hidden.into_values()).filter(|one| mine(one));
        for one in old {
            let key = shape.key_of(&one.row);
            if seen(&key) {
                continue;
            }
            let mut held = notes.held(shape.id, &key);
            if held.withdraw(&one) {
                notes.set(shape.id, key, held, Origin::NONE);
            }
        }
    }
}

fn may_write(shape: &Shape, speaker: &Agency) -> Result<(), Fault> {
    if shape.clock {
        return Err(Fault::line(NOT_WRITABLE));
    }
    let allowed = speaker.is_operator() || shape.owners.iter().any(|kind| kind == speaker.kind());
    if allowed { Ok(()) } else { Err(Fault::line(WRONG_KIND)) }
}

/// Does the column that names the speaker name it?
fn is_own(named: Option<&Value>, shape: &Shape, speaker: &Agency) -> Result<(), Fault> {
    match (named, shape.by) {
        (Some(value), Some(by)) if !speaker.is_operator() && value.as_text() != Some(speaker.as_str()) => {
            Err(Fault::column(NOT_YOURSELF, by))
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// A value that means "absent" inside the engine would come back as something else.
fn reserved(row: &Row) -> Result<(), Fault> {
    match row.values().iter().position(Value::is_reserved) {
        Some(column) => Err(Fault::column(RESERVED_VALUE, column)),
        None => Ok(()),
    }
}

/// May the speaker change this row? Where a column names the owner, it was compared already.
fn may_change(shape: &Shape, speaker: &Agency, top: &Asserted, notes: &Notes<'_>) -> bool {
    speaker.is_operator() || shape.by.is_some() || top.asserter == notes.speaker()
}

fn put<'n>(
    shape: &Shape,
    speaker: &Agency,
    words: Box<[Word]>,
    write: Write,
    origin: Origin<'n>,
    notes: &mut Notes<'n>,
) -> Result<(), Fault> {
    let key = shape.key_of(&words);
    let mut held = notes.held(shape.id, &key);
    let new = Asserted { row: words, asserter: notes.speaker(), rank: Rank::of(speaker.as_str()) };
    match &held.top {
        Some(top) if top.row == new.row => {
            notes.same(shape, top, &origin);
            return Ok(());
        }
        Some(_) if write == Write::Insert => return Err(Fault::line(KEY_PRESENT)),
        Some(top) if !may_change(shape, speaker, top, notes) => return Err(Fault::line(FOREIGN_OWNER)),
        Some(_) | None => {}
    }
    if !held.assert(new.clone()) {
        held = Held { top: Some(new), hidden: if speaker.is_operator() { held.hidden } else { None } };
    }
    notes.set(shape.id, key, held, origin);
    Ok(())
}

fn retract<'n>(
    shape: &Shape,
    speaker: &Agency,
    key: Box<[Word]>,
    whole: Option<&[Word]>,
    origin: Origin<'n>,
    notes: &mut Notes<'n>,
) -> Result<(), Fault> {
    let mut held = notes.held(shape.id, &key);
    let Some(top) = held.top.clone() else { return Err(Fault::line(ABSENT)) };
    if whole.is_some_and(|row| *row != *top.row) {
        return Err(Fault::line(ROW_DIFFERS));
    }
    if !may_change(shape, speaker, &top, notes) {
        return Err(Fault::line(FOREIGN_OWNER));
    }
    if !held.withdraw(&top) {
        return Err(Fault::line(ABSENT));
    }
    notes.set(shape.id, key, held, origin);
    Ok(())
}
