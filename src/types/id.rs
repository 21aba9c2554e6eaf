//! Small ids, one type each, so that two of them are never mixed up.

/// The one clock of the system: number of the journal entry = time in the dataflow = number of the delta.
/// The first entry (clock, rule text, data of the pack) is epoch 1; 0 means "before everything".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Epoch(pub u64);

impl Epoch {
    pub const ZERO: Epoch = Epoch(0);
    pub fn next(self) -> Epoch {
        Epoch(self.0 + 1)
    }
}

/// Index of a relation in `program::Program::relations`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RelId(pub u32);

/// Index of a rule in `program::Program::rules`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleIx(pub u32);

/// Index of a variable in `program::Rule::vars`; it means nothing outside its rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VarId(pub u32);

impl RelId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl RuleIx {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl VarId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
