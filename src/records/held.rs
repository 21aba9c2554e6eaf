//! [`Held`]: what is asserted under one key, and the rules by which assertions come, hide each other and go.

use crate::types::Word;

/// Number of an asserter in [`super::store::Records`].
pub type AsserterId = u32;

/// A row and who says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asserted {
    pub row: Box<[Word]>,
    pub asserter: AsserterId,
    pub rank: Rank,
}

/// Who may hide whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rank {
    Pack,
    Agency,
    Operator,
}

impl Rank {
    /// Of an asserter `kind:code`.
    pub fn of(asserter: &str) -> Rank {
        match asserter.split(':').next() {
            Some("pack") => Rank::Pack,
            Some("operator") => Rank::Operator,
            Some(_) | None => Rank::Agency,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Held {
    /// What everybody sees.
    pub top: Option<Asserted>,
    /// The pack's row under the operator's.
    pub hidden: Option<Asserted>,
}

impl Held {
    /// `false` if there is no place for it: somebody else's row stands there.
    #[must_use]
    pub fn assert(&mut self, new: Asserted) -> bool {
        match (&self.top, new.rank) {
            (None, _) => self.top = Some(new),
            (Some(top), Rank::Operator) if top.rank == Rank::Pack => {
                self.hidden = self.top.replace(new);
            }
            (Some(top), Rank::Pack) if top.rank == Rank::Operator && self.hidden.is_none() => self.hidden = Some(new),
            (Some(_), _) => return false,
        }
        true
    }

    /// `false` if it is not there. What it hid appears again.
    #[must_use]
    pub fn withdraw(&mut self, old: &Asserted) -> bool {
        if self.top.as_ref() == Some(old) {
            self.top = self.hidden.take();
        } else if self.hidden.as_ref() == Some(old) {
            self.hidden = None;
        } else {
            return false;
        }
        true
    }

    /// Everything asserted, the pack's first: in this order it can be asserted again.
    pub fn all(&self) -> impl Iterator<Item = &Asserted> {
        self.hidden.iter().chain(&self.top)
    }

    pub fn holds(&self, assertion: &Asserted) -> bool {
        self.all().any(|held| held == assertion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(row: u64, rank: Rank) -> Asserted {
        Asserted { row: Box::new([row]), asserter: rank as u32, rank }
    }

    #[test]
    fn the_operators_row_hides_the_packs_in_either_order() {
        let (pack, operator) = (said(1, Rank::Pack), said(2, Rank::Operator));
        for order in [[&pack, &operator], [&operator, &pack]] {
            let mut held = Held::default();
            order.into_iter().for_each(|one| assert!(held.assert(one.clone())));
            assert_eq!(held.top.as_ref(), Some(&operator));
            assert!(held.withdraw(&operator) && held.top.as_ref() == Some(&pack));
            assert!(held.withdraw(&pack) && held == Held::default());
        }
    }

    #[test]
    fn nobody_else_hides_anybody() {
        for (first, second) in [(Rank::Agency, Rank::Operator), (Rank::Pack, Rank::Agency), (Rank::Agency, Rank::Pack)] {
            let mut held = Held::default();
            assert!(held.assert(said(1, first)));
            assert!(!held.assert(said(2, second)), "{second:?} over {first:?}");
            assert!(!held.withdraw(&said(2, second)));
        }
    }
}
