//! [`super::entry`] to [`super::wire`] and back; personal cells are sealed on the way out and opened on the way in.

use super::cell::Cell;
use super::codec::{CodecError, from_bytes, to_bytes};
use super::entry::{Batch, Install, Mended, NetChange, Receipt, Refusal};
use super::seal::{Keyring, Opened};
use super::wire::{BatchWire, ChangeWire, ChangesWire, InstallWire, RefusalWire};
use crate::types::Value;
use std::collections::HashMap;

pub fn install_wire<'a>(install: &'a Install, keys: &Keyring) -> Result<InstallWire<'a>, CodecError> {
    Ok(InstallWire {
        pack: &install.pack,
        version: &install.version,
        hash: install.hash,
        files: install.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        changes: changes_wire(&install.changes, keys)?,
    })
}

pub fn install_of(wire: InstallWire<'_>, keys: &Keyring) -> Result<Install, CodecError> {
    Ok(Install {
        pack: wire.pack.to_string(),
        version: wire.version.to_string(),
        hash: wire.hash,
        files: wire.files.into_iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
        changes: changes_of(wire.changes, keys)?,
    })
}

pub fn batch_wire<'a>(batch: &'a Batch, keys: &Keyring) -> Result<BatchWire<'a>, CodecError> {
    Ok(BatchWire {
        agency: &batch.agency,
        idempotency_key: batch.idempotency_key.as_deref(),
        body_hash: batch.body_hash,
        changes: changes_wire(&batch.changes, keys)?,
        refusals: batch.refusals.iter().map(refusal_wire).collect(),
        mended: batch.mended.iter().map(|m| (m.relation.as_str(), m.op.as_str(), m.key.as_str())).collect(),
        accepted: batch.receipt.accepted,
        changed: batch.receipt.changed,
        refused: batch.receipt.refused,
    })
}

pub fn batch_of(wire: BatchWire<'_>, keys: &Keyring) -> Result<Batch, CodecError> {
    Ok(Batch {
        agency: wire.agency.to_string(),
        idempotency_key: wire.idempotency_key.map(str::to_string),
        body_hash: wire.body_hash,
        changes: changes_of(wire.changes, keys)?,
        refusals: wire.refusals.iter().map(refusal_of).collect(),
        mended: wire
            .mended
            .into_iter()
            .map(|(relation, op, key)| Mended { relation: relation.to_string(), op: op.to_string(), key: key.to_string() })
            .collect(),
        receipt: Receipt { accepted: wire.accepted, changed: wire.changed, refused: wire.refused },
    })
}

fn refusal_wire(refusal: &Refusal) -> RefusalWire<'_> {
    RefusalWire {
        line: refusal.line,
        relation: &refusal.relation,
        op: &refusal.op,
        code: &refusal.code,
        pointer: &refusal.pointer,
        key: &refusal.key,
        day: refusal.day,
    }
}

fn refusal_of(wire: &RefusalWire<'_>) -> Refusal {
    Refusal {
        line: wire.line,
        relation: wire.relation.to_string(),
        op: wire.op.to_string(),
        code: wire.code.to_string(),
        pointer: wire.pointer.to_string(),
        key: wire.key.to_string(),
        day: wire.day,
    }
}

pub fn changes_wire<'a>(changes: &'a [NetChange], keys: &Keyring) -> Result<ChangesWire<'a>, CodecError> {
    let mut names = Names::default();
    let changes = changes.iter().map(|change| {
        assert_eq!(change.row.len(), change.personal.len(), "every column is personal or not");
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

pub fn changes_of(wire: ChangesWire<'_>, keys: &Keyring) -> Result<Vec<NetChange>, CodecError> {
    let ChangesWire { names, changes } = wire;
    let name = |index: u32| names.get(index as usize).map(|name| name.to_string()).ok_or(CodecError::UnknownName);
    let changes = changes.into_iter().map(|change| {
        Ok(NetChange {
            relation: name(change.relation)?,
            insert: change.insert,
            personal: change.row.iter().map(|cell| matches!(cell, Cell::Sealed(_))).collect(),
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

fn cell<'a>(value: &'a Value, personal: bool, keys: &Keyring) -> Result<Cell<'a>, CodecError> {
    let cell = Cell::of(value);
    if personal { sealed(&cell, keys) } else { Ok(cell) }
}

fn sealed(cell: &Cell<'_>, keys: &Keyring) -> Result<Cell<'static>, CodecError> {
    Ok(Cell::Sealed(keys.seal(cell.tag(), &to_bytes(cell)?)))
}

fn value(cell: &Cell<'_>, keys: &Keyring) -> Result<Value, CodecError> {
    Ok(match cell {
        Cell::Absent => Value::Absent,
        Cell::Number(x) => Value::Number(*x),
        Cell::Unsigned(x) => Value::Unsigned(*x),
        Cell::Float(x) => Value::float(*x),
        Cell::Date(x) => Value::Date(*x),
        Cell::Datetime(x) => Value::Datetime(*x),
        Cell::Text(text) => Value::symbol(text),
        Cell::Sealed(sealed) => match keys.open(sealed)? {
            Opened::Erased(value) => value,
            Opened::Bytes(bytes) => match from_bytes(&bytes)? {
                Cell::Sealed(_) => return Err(CodecError::Malformed),
                inside => value(&inside, keys)?,
            },
        },
    })
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
