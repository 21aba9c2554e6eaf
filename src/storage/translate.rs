//! [`super::entry`] to [`super::wire`] and back; personal cells are sealed on the way out and opened on the way in.
//!
//! Promises: what comes in as a row is sealed as the schema says that is stored with it, never otherwise. An absent cell and the name of
//! an erased one tell nothing and stand in clear; so a row that was erased reads the same when the next key is taken away too.

use super::cell::Cell;
use super::codec::{CodecError, from_bytes, to_bytes};
use super::entry::{Batch, Install, Mended, NetChange, Receipt, Refusal, Verdict};
use super::schema::{RelationSchema, Schema};
use super::seal::{Keyring, Opened, is_pseudonym};
use super::wire::{BatchWire, ChangeWire, ChangesWire, InstallWire, RefusalWire, VerdictWire};
use crate::types::{CaseState, Dismissal, Row, Value};
use std::collections::HashMap;

pub fn install_wire<'a>(install: &'a Install, keys: &Keyring, schema: &Schema) -> Result<InstallWire<'a>, CodecError> {
    Ok(InstallWire {
        speaker: &install.speaker,
        pack: &install.pack,
        version: &install.version,
        hash: install.hash,
        files: install.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        changes: changes_wire(&install.changes, keys, schema)?,
    })
}

pub fn install_of(wire: InstallWire<'_>, keys: &Keyring, schema: &Schema) -> Result<Install, CodecError> {
    Ok(Install {
        speaker: wire.speaker.to_string(),
        pack: wire.pack.to_string(),
        version: wire.version.to_string(),
        hash: wire.hash,
        files: wire.files.into_iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
        changes: changes_of(wire.changes, keys, schema)?,
    })
}

pub fn batch_wire<'a>(batch: &'a Batch, keys: &Keyring, schema: &Schema) -> Result<BatchWire<'a>, CodecError> {
    Ok(BatchWire {
        agency: &batch.agency,
        idempotency_key: batch.idempotency_key.as_deref(),
        body_hash: batch.body_hash,
        changes: changes_wire(&batch.changes, keys, schema)?,
        refusals: batch.refusals.iter().map(refusal_wire).collect(),
        mended: batch.mended.iter().map(|m| (m.relation.as_str(), m.op.as_str(), cells(&m.key))).collect(),
        accepted: batch.receipt.accepted,
        changed: batch.receipt.changed,
        refused: batch.receipt.refused,
    })
}

pub fn batch_of(wire: BatchWire<'_>, keys: &Keyring, schema: &Schema) -> Result<Batch, CodecError> {
    Ok(Batch {
        agency: wire.agency.to_string(),
        idempotency_key: wire.idempotency_key.map(str::to_string),
        body_hash: wire.body_hash,
        changes: changes_of(wire.changes, keys, schema)?,
        refusals: wire.refusals.iter().map(|refusal| refusal_of(refusal, keys)).collect::<Result<_, _>>()?,
        mended: wire
            .mended
            .into_iter()
            .map(|(relation, op, key)| Ok(Mended { relation: relation.to_string(), op: op.to_string(), key: row(&key, keys)? }))
            .collect::<Result<_, CodecError>>()?,
        receipt: Receipt { accepted: wire.accepted, changed: wire.changed, refused: wire.refused },
    })
}

pub fn verdict_wire<'a>(verdict: &'a Verdict, keys: &Keyring) -> Result<VerdictWire<'a>, CodecError> {
    let key = verdict.key.values().iter().zip(&verdict.personal);
    Ok(VerdictWire {
        agency: &verdict.agency,
        idempotency_key: verdict.idempotency_key.as_deref(),
        body_hash: verdict.body_hash,
        relation: &verdict.relation,
        key: key.map(|(value, personal)| cell(value, *personal, keys)).collect::<Result<_, _>>()?,
        state: verdict.state.number(),
        reason: verdict.state.dismissal().map_or(0, Dismissal::number),
        note: verdict.note.as_deref().map(|note| sealed(&Cell::Text(note), keys)).transpose()?,
        day: verdict.day,
    })
}

pub fn verdict_of(wire: VerdictWire<'_>, keys: &Keyring) -> Result<Verdict, CodecError> {
    Ok(Verdict {
        agency: wire.agency.to_string(),
        idempotency_key: wire.idempotency_key.map(str::to_string),
        body_hash: wire.body_hash,
        relation: wire.relation.to_string(),
        key: row(&wire.key, keys)?,
        personal: wire.key.iter().map(|cell| matches!(cell, Cell::Sealed(_))).collect(),
        state: state_of(wire.state, wire.reason)?,
        note: wire.note.as_ref().map(|cell| value(cell, keys)).transpose()?.map(|note| note.to_string()),
        day: wire.day,
    })
}

/// A number that is not known here is of somebody who knew more.
pub fn state_of(state: u8, reason: u8) -> Result<CaseState, CodecError> {
    let reason = if reason == 0 { None } else { Some(Dismissal::of_number(reason).ok_or(CodecError::Newer)?) };
    CaseState::of_number(state, reason).ok_or(CodecError::Newer)
}

fn refusal_wire(refusal: &Refusal) -> RefusalWire<'_> {
    RefusalWire {
        line: refusal.line,
        relation: &refusal.relation,
        op: &refusal.op,
        code: &refusal.code,
        pointer: &refusal.pointer,
        key: cells(&refusal.key),
        day: refusal.day,
    }
}

fn refusal_of(wire: &RefusalWire<'_>, keys: &Keyring) -> Result<Refusal, CodecError> {
    Ok(Refusal {
        line: wire.line,
        relation: wire.relation.to_string(),
        op: wire.op.to_string(),
        code: wire.code.to_string(),
        pointer: wire.pointer.to_string(),
        key: row(&wire.key, keys)?,
        day: wire.day,
    })
}

/// A key as refusals name it: none of its columns is personal.
fn cells(key: &Row) -> Vec<Cell<'_>> {
    key.values().iter().map(Cell::of).collect()
}

fn row(cells: &[Cell<'_>], keys: &Keyring) -> Result<Row, CodecError> {
    cells.iter().map(|cell| value(cell, keys)).collect::<Result<_, _>>().map(Row::new)
}

pub fn changes_wire<'a>(changes: &'a [NetChange], keys: &Keyring, schema: &Schema) -> Result<ChangesWire<'a>, CodecError> {
    let mut names = Names::default();
    let relations = by_name(schema);
    let changes = changes.iter().map(|change| {
        let relation = relations.get(change.relation.as_str()).ok_or(CodecError::NotOfSchema)?;
        if !follows(change, relation) {
            return Err(CodecError::NotOfSchema);
        }
        Ok(ChangeWire {
            relation: names.index(&change.relation),
            insert: change.insert,
            row: change.row.iter().zip(&change.personal).map(|(value, p)| cell(value, *p, keys)).collect::<Result<_, _>>()?,
            asserter: names.index(&change.asserter),
            line: change.line,
            source: change.source.as_deref().map(|source| names.index(source)),
            repaired: change
                .repaired
                .iter()
                .map(|(column, text)| Ok((*column, sealed(&Cell::Text(text), keys)?)))
                .collect::<Result<_, CodecError>>()?,
        })
    });
    let changes = changes.collect::<Result<_, CodecError>>()?;
    Ok(ChangesWire { names: names.list, changes })
}

pub fn changes_of(wire: ChangesWire<'_>, keys: &Keyring, schema: &Schema) -> Result<Vec<NetChange>, CodecError> {
    let ChangesWire { names, changes } = wire;
    let relations = by_name(schema);
    let relations: Vec<Option<&RelationSchema>> = names.iter().map(|name| relations.get(name).copied()).collect();
    let name = |index: u32| names.get(index as usize).map(|name| name.to_string()).ok_or(CodecError::UnknownName);
    let changes = changes.into_iter().map(|change| {
        let relation = relations.get(change.relation as usize).ok_or(CodecError::UnknownName)?;
        let columns = relation.map(|relation| &relation.columns).filter(|columns| columns.len() == change.row.len());
        let columns = columns.ok_or(CodecError::NotOfSchema)?;
        let personal = columns.iter().zip(&change.row).map(|(column, cell)| is_sealed(column.personal, cell, change.insert));
        Ok(NetChange {
            relation: name(change.relation)?,
            insert: change.insert,
            personal: personal.collect(),
            row: change.row.iter().map(|cell| value(cell, keys)).collect::<Result<_, _>>()?,
            asserter: name(change.asserter)?,
            line: change.line,
            source: change.source.map(name).transpose()?,
            repaired: change
                .repaired
                .iter()
                .map(|(column, cell)| Ok((*column, value(cell, keys)?.to_string())))
                .collect::<Result<_, CodecError>>()?,
        })
    });
    changes.collect()
}

fn by_name(schema: &Schema) -> HashMap<&str, &RelationSchema> {
    schema.relations.iter().map(|relation| (relation.name.as_str(), relation)).collect()
}

/// Is it a row of this relation, and does it come in sealed as the schema says? A row may go as it came, under whatever mark.
fn follows(change: &NetChange, relation: &RelationSchema) -> bool {
    let marks = || relation.columns.iter().map(|column| column.personal);
    change.row.len() == relation.columns.len()
        && change.personal.len() == relation.columns.len()
        && (!change.insert || change.personal.iter().copied().eq(marks()))
}

/// Was the column personal when the cell was written? An absent one does not say so itself.
fn is_sealed(personal: bool, cell: &Cell<'_>, insert: bool) -> bool {
    match cell {
        Cell::Sealed(_) => true,
        _ if insert => personal,
        _ => personal && tells_nothing(cell),
    }
}

fn cell<'a>(value: &'a Value, personal: bool, keys: &Keyring) -> Result<Cell<'a>, CodecError> {
    let cell = Cell::of(value);
    if personal && !tells_nothing(&cell) { sealed(&cell, keys) } else { Ok(cell) }
}

/// Sealed it would hide nothing, and an erased cell must not be erased to yet another name.
fn tells_nothing(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Absent => true,
        Cell::Text(text) => is_pseudonym(text),
        _ => false,
    }
}

fn sealed(cell: &Cell<'_>, keys: &Keyring) -> Result<Cell<'static>, CodecError> {
    Ok(Cell::Sealed(keys.seal(cell.tag(), &to_bytes(cell)?)))
}

fn value(cell: &Cell<'_>, keys: &Keyring) -> Result<Value, CodecError> {
    let Cell::Sealed(sealed) = cell else { return cell.value().ok_or(CodecError::Malformed) };
    match keys.open(sealed)? {
        Opened::Erased(value) => Ok(value),
        Opened::Bytes(bytes) => from_bytes::<Cell<'_>>(&bytes)?.value().ok_or(CodecError::Malformed),
    }
}

/// Numbers names in order of first use.
#[derive(Default)]
struct Names<'a> {
    list: Vec<&'a str>,
    index: HashMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    fn index(&mut self, name: &'a str) -> u32 {
        let Names { list, index } = self;
        *index.entry(name).or_insert_with(|| {
            list.push(name);
            list.len() as u32 - 1
        })
    }
}
