//! What is asked for: how many counties, how large, by which rules.

/// How many counties send their records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    County,
    /// Ten counties.
    Prefecture,
    /// A hundred.
    Province,
}

impl Size {
    pub fn counties(self) -> i64 {
        match self {
            Size::County => 1,
            Size::Prefecture => 10,
            Size::Province => 100,
        }
    }
}

/// What is planted, and for which rules everybody else keeps the law.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kinds {
    /// The twelve kinds of the demo. Agencies say of no other tables that they are complete.
    Twelve,
    /// Every rule of the catalogue.
    All,
}

#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// About so many rows for each county.
    pub records: usize,
    pub seed: u64,
    pub size: Size,
    pub kinds: Kinds,
}

impl Order {
    /// The seed of a county: the first has that of the order, so that it is the county that would be made alone.
    pub fn seed_of(&self, county: i64) -> u64 {
        self.seed.wrapping_add((county as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}
