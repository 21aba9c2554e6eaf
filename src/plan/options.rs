//! [`Options`]: the switches of the planner, for tests.

/// Which optimisations are on. None of them changes an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Equal nodes are one node.
    pub sharing: bool,
    /// Columns are dropped as soon as nobody uses them.
    pub early_projection: bool,
    /// Literals that share a variable go before those that multiply.
    pub reorder: bool,
    /// No `Distinct` where rows cannot repeat.
    pub skip_distinct: bool,
    /// `x = CONST` becomes a filter of each atom that has `x`.
    pub constants: bool,
    /// A recursion holds rows in the order of columns in which it looks them up.
    pub turn: bool,
    /// A transitive relation grows by what its other rules propose.
    pub steps: bool,
    /// Comparisons with a clock touch only what falls due.
    pub agenda: bool,
}

impl Options {
    /// A program as it is written.
    pub const NONE: Options = Options {
        sharing: false,
        early_projection: false,
        reorder: false,
        skip_distinct: false,
        constants: false,
        turn: false,
        steps: false,
        agenda: false,
    };
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sharing: true,
            early_projection: true,
            reorder: true,
            skip_distinct: true,
            constants: true,
            turn: true,
            steps: true,
            agenda: true,
        }
    }
}
