//! The one place that knows the codec: bincode 1.3.3, little endian, variable-length integers. An [`Entry`] to bytes and back.
//!
//! Promises: reading is bounded by the bytes given and refuses bytes left over; the same entry, schema and keys give the same bytes.
//! Leaving bincode costs this file.

use super::cell::{kind_of_tag, tag_of_kind};
use super::entry::{Entry, EntryBody};
use super::schema::{ColumnSchema, RelationSchema, Schema};
use super::seal::{Keyring, SealError};
use super::translate::{batch_of, batch_wire, changes_of, changes_wire, install_of, install_wire, verdict_of, verdict_wire};
use super::wire::{ClockWire, ColumnWire, LAYOUT, Preamble, RelationWire, SchemaWire, SuspendedWire};
use crate::limits::JOURNAL_ENTRY_BYTES_MAX;
use crate::types::Epoch;
use bincode::{DefaultOptions, Options};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Numbers of the kinds of entry, frozen.
pub const INSTALL: u8 = 1;
pub const BATCH: u8 = 2;
pub const CLOCK: u8 = 3;
pub const SUSPENDED: u8 = 4;
pub const RESUMED: u8 = 5;
pub const VERDICT: u8 = 6;

#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The codec's own words can name values, so they are not kept.
    #[error("the body of an entry does not decode")]
    Malformed,
    /// A kind or a layout that is not known here: whoever wrote it knew more.
    #[error("an entry of a kind or layout that a later huiyan wrote")]
    Newer,
    /// A change of a relation that the schema does not have so, or marks of personal columns that are not the schema's.
    #[error("a change does not follow the schema that it is written under")]
    NotOfSchema,
    #[error("an entry refers to a name that it does not hold")]
    UnknownName,
    #[error("the schema does not match its hash")]
    WrongSchema,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("an entry is larger than {JOURNAL_ENTRY_BYTES_MAX} bytes")]
    TooLarge,
}

/// An encoded schema with its hash.
#[derive(Clone)]
pub struct KnownSchema {
    pub schema: Arc<Schema>,
    pub hash: [u8; 32],
    encoded: Arc<[u8]>,
}

impl KnownSchema {
    pub fn new(schema: Schema) -> Result<KnownSchema, CodecError> {
        let relations = schema.relations.iter().map(relation_wire).collect();
        let encoded = to_bytes(&SchemaWire { layout: LAYOUT, relations })?;
        Ok(KnownSchema { schema: Arc::new(schema), hash: Sha256::digest(&encoded).into(), encoded: encoded.into() })
    }

    fn read(encoded: &[u8]) -> Result<KnownSchema, CodecError> {
        known_layout(encoded)?;
        let wire: SchemaWire<'_> = from_bytes(encoded)?;
        let relations = wire.relations.into_iter().map(relation_of).collect::<Result<_, _>>()?;
        let schema = Arc::new(Schema { relations });
        Ok(KnownSchema { schema, hash: Sha256::digest(encoded).into(), encoded: encoded.into() })
    }
}

/// A schema as entries carry it.
pub fn schema_bytes(schema: &Schema) -> Result<Vec<u8>, CodecError> {
    Ok(KnownSchema::new(schema.clone())?.encoded.to_vec())
}

pub fn schema_of_bytes(encoded: &[u8]) -> Result<Schema, CodecError> {
    Ok((*KnownSchema::read(encoded)?.schema).clone())
}

fn relation_wire(relation: &RelationSchema) -> RelationWire<'_> {
    let column = |c: &usize| u32::try_from(*c).expect("a relation has few columns");
    RelationWire {
        name: &relation.name,
        columns: relation.columns.iter().map(column_wire).collect(),
        key: relation.key.iter().map(column).collect(),
        owners: relation.owners.iter().map(String::as_str).collect(),
        by: relation.by.as_ref().map(column),
        since: relation.since.as_ref().map(column),
        clock: relation.clock,
    }
}

fn column_wire(column: &ColumnSchema) -> ColumnWire<'_> {
    let ColumnSchema { name, type_name, kind, optional, personal } = column;
    ColumnWire { name, type_name, kind: tag_of_kind(*kind), optional: *optional, personal: *personal }
}

fn relation_of(wire: RelationWire<'_>) -> Result<RelationSchema, CodecError> {
    let arity = wire.columns.len();
    let column = |c: u32| Some(c as usize).filter(|c| *c < arity).ok_or(CodecError::Malformed);
    Ok(RelationSchema {
        name: wire.name.to_string(),
        columns: wire.columns.into_iter().map(column_of).collect::<Result<_, _>>()?,
        key: wire.key.into_iter().map(column).collect::<Result<_, _>>()?,
        owners: wire.owners.into_iter().map(str::to_string).collect(),
        by: wire.by.map(column).transpose()?,
        since: wire.since.map(column).transpose()?,
        clock: wire.clock,
    })
}

fn column_of(wire: ColumnWire<'_>) -> Result<ColumnSchema, CodecError> {
    let ColumnWire { name, type_name, kind, optional, personal } = wire;
    let kind = kind_of_tag(kind).ok_or(CodecError::Malformed)?;
    Ok(ColumnSchema { name: name.to_string(), type_name: type_name.to_string(), kind, optional, personal })
}

/// The first byte of a body and of a schema.
fn known_layout(encoded: &[u8]) -> Result<(), CodecError> {
    match encoded.first() {
        Some(layout) if *layout > LAYOUT => Err(CodecError::Newer),
        Some(&LAYOUT) => Ok(()),
        Some(_) | None => Err(CodecError::Malformed),
    }
}

/// Kind and bytes of an entry. `before` is the schema of the entry before it.
pub fn encode(
    entry: &Entry,
    keys: &Keyring,
    schema: &KnownSchema,
    before: Option<&KnownSchema>,
) -> Result<(u8, Vec<u8>), CodecError> {
    let same = before.is_some_and(|b| b.hash == schema.hash);
    let new_schema = (!same).then_some(&schema.encoded[..]);
    let head = Preamble { layout: LAYOUT, wall_us: entry.wall_us, schema: schema.hash, new_schema };
    let under = &schema.schema;
    let (kind, bytes) = match &entry.body {
        EntryBody::Install(install) => (INSTALL, to_bytes(&(head, install_wire(install, keys, under)?))?),
        EntryBody::Batch(batch) => (BATCH, to_bytes(&(head, batch_wire(batch, keys, under)?))?),
        EntryBody::Clock(changes) => (CLOCK, to_bytes(&(head, ClockWire(changes_wire(changes, keys, under)?)))?),
        EntryBody::Suspended { code, from } => (SUSPENDED, to_bytes(&(head, SuspendedWire { code, from: from.0 }))?),
        EntryBody::Resumed => (RESUMED, to_bytes(&head)?),
        EntryBody::Verdict(verdict) => (VERDICT, to_bytes(&(head, verdict_wire(verdict, keys)?))?),
    };
    if bytes.len() > JOURNAL_ENTRY_BYTES_MAX {
        return Err(CodecError::TooLarge);
    }
    Ok((kind, bytes))
}

/// The entry and the schema it was written under.
pub fn decode(
    epoch: Epoch,
    kind: u8,
    bytes: &[u8],
    keys: &Keyring,
    before: Option<&KnownSchema>,
) -> Result<(Entry, KnownSchema), CodecError> {
    if !(INSTALL..=VERDICT).contains(&kind) {
        return Err(CodecError::Newer);
    }
    known_layout(bytes)?;
    let (wall_us, schema, body) = match kind {
        INSTALL => {
            let (head, wire) = from_bytes(bytes)?;
            let schema = schema_of(&head, before)?;
            let install = install_of(wire, keys, &schema.schema)?;
            (head.wall_us, schema, EntryBody::Install(install))
        }
        BATCH => {
            let (head, wire) = from_bytes(bytes)?;
            let schema = schema_of(&head, before)?;
            let batch = batch_of(wire, keys, &schema.schema)?;
            (head.wall_us, schema, EntryBody::Batch(batch))
        }
        CLOCK => {
            let (head, ClockWire(wire)) = from_bytes(bytes)?;
            let schema = schema_of(&head, before)?;
            let changes = changes_of(wire, keys, &schema.schema)?;
            (head.wall_us, schema, EntryBody::Clock(changes))
        }
        SUSPENDED => {
            let (head, SuspendedWire { code, from }): (Preamble<'_>, _) = from_bytes(bytes)?;
            let body = EntryBody::Suspended { code: code.to_string(), from: Epoch(from) };
            (head.wall_us, schema_of(&head, before)?, body)
        }
        VERDICT => {
            let (head, wire): (Preamble<'_>, _) = from_bytes(bytes)?;
            (head.wall_us, schema_of(&head, before)?, EntryBody::Verdict(verdict_of(wire, keys)?))
        }
        _ => {
            let head: Preamble<'_> = from_bytes(bytes)?;
            (head.wall_us, schema_of(&head, before)?, EntryBody::Resumed)
        }
    };
    Ok((Entry { epoch, wall_us, body }, schema))
}

/// As [`decode`], but of entries that begin and end no evaluation only their schema is read: `None`.
pub fn outline(
    epoch: Epoch,
    kind: u8,
    bytes: &[u8],
    keys: &Keyring,
    before: Option<&KnownSchema>,
) -> Result<(Option<Entry>, KnownSchema), CodecError> {
    if !matches!(kind, BATCH | CLOCK | VERDICT) {
        return decode(epoch, kind, bytes, keys, before).map(|(entry, schema)| (Some(entry), schema));
    }
    known_layout(bytes)?;
    let options = DefaultOptions::new().with_little_endian().with_varint_encoding().allow_trailing_bytes();
    let head = options.with_limit(JOURNAL_ENTRY_BYTES_MAX as u64).deserialize(bytes).map_err(|_| CodecError::Malformed)?;
    Ok((None, schema_of(&head, before)?))
}

fn schema_of(head: &Preamble<'_>, before: Option<&KnownSchema>) -> Result<KnownSchema, CodecError> {
    let schema = match (head.new_schema, before) {
        (Some(encoded), _) => KnownSchema::read(encoded)?,
        (None, Some(before)) => before.clone(),
        (None, None) => return Err(CodecError::WrongSchema),
    };
    if schema.hash == head.schema { Ok(schema) } else { Err(CodecError::WrongSchema) }
}

pub fn to_bytes<T: Serialize>(wire: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let options = DefaultOptions::new().with_little_endian().with_varint_encoding().with_no_limit();
    options.serialize_into(&mut bytes, wire).map_err(|_| CodecError::Malformed)?;
    Ok(bytes)
}

pub fn from_bytes<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CodecError> {
    let options = DefaultOptions::new().with_little_endian().with_varint_encoding().reject_trailing_bytes();
    options.with_limit(JOURNAL_ENTRY_BYTES_MAX as u64).deserialize(bytes).map_err(|_| CodecError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::super::cell::{Cell, Sealed};
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn each_cell_has_these_bytes_for_ever() {
        let sealed = Sealed { tag: 6, key: 300, bytes: Cow::Borrowed(b"xyz") };
        let cells: [(Cell<'_>, &[u8]); 10] = [
            (Cell::Absent, &[0]),
            (Cell::Number(-2), &[1, 3]),
            (Cell::Number(i64::MAX), &[1, 253, 254, 255, 255, 255, 255, 255, 255, 255]),
            (Cell::Unsigned(251), &[2, 251, 251, 0]),
            (Cell::Float(1.0), &[3, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
            (Cell::Date(125), &[4, 250]),
            (Cell::Datetime(1 << 30), &[5, 252, 0, 0, 0, 0x80]),
            (Cell::Text("吴"), &[6, 3, 0xe5, 0x90, 0xb4]),
            (Cell::Text(""), &[6, 0]),
            (Cell::Sealed(sealed), &[7, 6, 251, 0x2c, 1, 3, b'x', b'y', b'z']),
        ];
        for (cell, bytes) in cells {
            assert_eq!(to_bytes(&cell).unwrap(), bytes, "{cell:?}");
            assert_eq!(from_bytes::<Cell<'_>>(bytes).unwrap(), cell);
            let longer = [bytes, &[0]].concat();
            assert!(from_bytes::<Cell<'_>>(&longer).is_err(), "bytes are left over after {cell:?}");
            assert!(from_bytes::<Cell<'_>>(&bytes[..bytes.len() - 1]).is_err(), "{cell:?} ends early");
        }
        for tag in 8..=255 {
            assert!(from_bytes::<Cell<'_>>(&[tag, 0]).is_err(), "tag {tag}");
        }
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused_without_memory() {
        assert!(from_bytes::<Vec<&str>>(&[253, 255, 255, 255, 255, 255, 255, 255, 255]).is_err());
        assert!(from_bytes::<&str>(&[252, 0, 0, 0, 16, b'a']).is_err());
    }
}
