//! [`Tally`]: what an entry did, in numbers. It is counted while the body is read, holds none of its cells, and needs neither keys nor
//! schema.

use super::cell::Cell;
use super::codec::{BATCH, CLOCK, CodecError, INSTALL, RESUMED, SUSPENDED, VERDICT, from_bytes};
use super::translate::state_of;
use super::wire::{Preamble, RefusalWire, SuspendedWire, VerdictWire};
use crate::types::{CaseState, Epoch, Value};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// One entry.
#[derive(Clone, PartialEq, Debug)]
pub struct Tally {
    pub epoch: Epoch,
    pub wall_us: i64,
    pub what: What,
    /// Rows that came and that went, by relation.
    pub moved: BTreeMap<String, Moved>,
    /// Lines that were refused.
    pub refused: u64,
}

/// Of which kind it is.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    Batch {
        agency: String,
    },
    /// What the clock showed then; the more exact one, if there are two.
    Clock {
        now: Option<Value>,
    },
    Rules {
        pack: String,
        version: String,
        /// Over rule files and data.
        hash: [u8; 32],
    },
    Suspended {
        code: String,
    },
    Resumed,
    /// Somebody said something of a clue; of which, stands sealed.
    Verdict {
        agency: String,
        state: CaseState,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Moved {
    pub came: u64,
    pub went: u64,
}

/// As [`super::wire::InstallWire`] and so on, with the changes counted.
#[derive(Deserialize)]
struct InstallTold<'a> {
    _speaker: &'a str,
    pack: &'a str,
    version: &'a str,
    hash: [u8; 32],
    #[serde(borrow)]
    _files: Vec<(&'a str, &'a str)>,
    #[serde(borrow)]
    changes: ChangesTold<'a>,
}

#[derive(Deserialize)]
struct BatchTold<'a> {
    agency: &'a str,
    _idempotency_key: Option<&'a str>,
    _body_hash: [u8; 32],
    #[serde(borrow)]
    changes: ChangesTold<'a>,
    #[serde(borrow)]
    _refusals: Passed<RefusalWire<'a>>,
    #[serde(borrow)]
    _mended: Passed<(&'a str, &'a str, Vec<Cell<'a>>)>,
    _accepted: u64,
    _changed: u64,
    refused: u64,
}

#[derive(Deserialize)]
struct ChangesTold<'a> {
    #[serde(borrow)]
    names: Vec<&'a str>,
    counted: Counted,
}

#[derive(Deserialize)]
struct ChangeTold<'a> {
    relation: u32,
    insert: bool,
    /// Of a clock the only cell; of others nobody looks at it.
    #[serde(borrow)]
    row: First<'a>,
    _asserter: u32,
    _line: u64,
    _source: Option<u32>,
    #[serde(borrow)]
    _repaired: Passed<(u32, Cell<'a>)>,
}

/// A list whose items are read and not kept.
struct Passed<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Passed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pass<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pass<T> {
            type Value = Passed<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Passed<T>, A::Error> {
                while items.next_element::<T>()?.is_some() {}
                Ok(Passed(PhantomData))
            }
        }
        from.deserialize_seq(Pass(PhantomData))
    }
}

/// The first cell of a row, the others passed over.
struct First<'a>(Option<Cell<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = First<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cells")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<First<'de>, A::Error> {
                let first = cells.next_element()?;
                while cells.next_element::<Cell<'de>>()?.is_some() {}
                Ok(First(first))
            }
        }
        from.deserialize_seq(Take)
    }
}

/// Changes by relation (an index into names), and the last day or instant that came as the first cell of a row.
#[derive(Default)]
struct Counted {
    moved: BTreeMap<u32, Moved>,
    now: Option<Value>,
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Count;
        impl<'de> Visitor<'de> for Count {
            type Value = Counted;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("changes")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut changes: A) -> Result<Counted, A::Error> {
                let mut counted = Counted::default();
                while let Some(change) = changes.next_element::<ChangeTold<'de>>()? {
                    counted.take(&change);
                }
                Ok(counted)
            }
        }
        from.deserialize_seq(Count)
    }
}

impl Counted {
    fn take(&mut self, change: &ChangeTold<'_>) {
        let moved = self.moved.entry(change.relation).or_default();
        if !change.insert {
            moved.went += 1;
            return;
        }
        moved.came += 1;
        match (&change.row.0, &self.now) {
            (Some(Cell::Datetime(us)), _) => self.now = Some(Value::Datetime(*us)),
            (Some(Cell::Date(day)), None | Some(Value::Date(_))) => self.now = Some(Value::Date(*day)),
            _ => {}
        }
    }
}

impl ChangesTold<'_> {
    fn by_name(&self) -> Result<BTreeMap<String, Moved>, CodecError> {
        let name = |index: &u32| self.names.get(*index as usize).map(|name| name.to_string()).ok_or(CodecError::UnknownName);
        self.counted.moved.iter().map(|(index, moved)| Ok((name(index)?, *moved))).collect()
    }
}

/// Reads the body of an entry.
pub fn tally(epoch: Epoch, kind: u8, body: &[u8]) -> Result<Tally, CodecError> {
    let (none, told) = (BTreeMap::new(), |wall_us, what, moved, refused| Tally { epoch, wall_us, what, moved, refused });
    Ok(match kind {
        INSTALL => {
            let (Preamble { wall_us, .. }, InstallTold { pack, version, hash, changes, .. }) = from_bytes(body)?;
            let what = What::Rules { pack: pack.to_string(), version: version.to_string(), hash };
            told(wall_us, what, changes.by_name()?, 0)
        }
        BATCH => {
            let (Preamble { wall_us, .. }, BatchTold { agency, changes, refused, .. }) = from_bytes(body)?;
            told(wall_us, What::Batch { agency: agency.to_string() }, changes.by_name()?, refused)
        }
        CLOCK => {
            let (Preamble { wall_us, .. }, changes): (_, ChangesTold<'_>) = from_bytes(body)?;
            let moved = changes.by_name()?;
            told(wall_us, What::Clock { now: changes.counted.now }, moved, 0)
        }
        SUSPENDED => {
            let (Preamble { wall_us, .. }, SuspendedWire { code, .. }) = from_bytes(body)?;
            told(wall_us, What::Suspended { code: code.to_string() }, none, 0)
        }
        RESUMED => {
            let Preamble { wall_us, .. } = from_bytes(body)?;
            told(wall_us, What::Resumed, none, 0)
        }
        VERDICT => {
            let (Preamble { wall_us, .. }, VerdictWire { agency, state, reason, .. }) = from_bytes(body)?;
            let what = What::Verdict { agency: agency.to_string(), state: state_of(state, reason)? };
            told(wall_us, what, none, 0)
        }
        _ => return Err(CodecError::Newer),
    })
}
