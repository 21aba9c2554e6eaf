//! Sets of possible kinds, narrowed by constraints until nothing changes. A constraint that would leave nothing possible is given
//! back as broken and dropped, so that one mistake is one message.

use crate::expr::{Signature, signatures};
use crate::syntax::Span;
use crate::types::Kind;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

const ALL: [Kind; 8] =
    [Kind::Number, Kind::Unsigned, Kind::Float, Kind::Symbol, Kind::Date, Kind::Datetime, Kind::Record, Kind::Adt];

/// A set of kinds. The order of [`Kind`] is the order of preference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KindSet(u8);

impl KindSet {
    pub const ANY: KindSet = KindSet(0b1111_1111);

    /// Kinds with an order.
    pub fn ordered() -> KindSet {
        KindSet::of(&ALL.into_iter().filter(|kind| kind.is_ordered()).collect::<Vec<_>>())
    }

    pub fn of(kinds: &[Kind]) -> KindSet {
        KindSet(kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u8))
    }

    pub fn and(self, other: KindSet) -> KindSet {
        KindSet(self.0 & other.0)
    }

    pub fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        ALL.into_iter().filter(move |kind| self.contains(*kind))
    }

    /// The only one.
    pub fn single(self) -> Option<Kind> {
        let mut kinds = self.kinds();
        kinds.next().filter(|_| kinds.next().is_none())
    }

    pub fn text(self, or: &str) -> String {
        self.kinds().map(Kind::name).collect::<Vec<_>>().join(or)
    }
}

/// What must hold between unknowns (by index).
#[derive(Clone, Debug)]
pub(super) enum Need {
    Is {
        at: usize,
        set: KindSet,
    },
    Same(usize, usize),
    /// One of these overloads.
    Call {
        result: usize,
        args: Vec<usize>,
        overloads: Vec<&'static Signature>,
    },
}

impl Need {
    fn each_unknown(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Need::Is { at, .. } => visit(*at),
            Need::Same(a, b) => [a, b].into_iter().for_each(|at| visit(*at)),
            Need::Call { result, args, .. } => std::iter::once(result).chain(args).for_each(|at| visit(*at)),
        }
    }
}

pub(super) struct Solver {
    pub sets: Vec<KindSet>,
    /// Where an unknown first had one kind only.
    pub since: Vec<Option<Span>>,
    needs: Vec<(Need, Span)>,
    /// Numbers of the needs that cannot be met.
    broken: HashSet<usize>,
}

impl Solver {
    pub fn new(unknowns: usize) -> Solver {
        Solver { sets: vec![KindSet::ANY; unknowns], since: vec![None; unknowns], needs: Vec::new(), broken: HashSet::new() }
    }

    /// The number of the need.
    pub fn add(&mut self, need: Need, span: Span) -> usize {
        self.needs.push((need, span));
        self.needs.len() - 1
    }

    pub fn need(&self, index: usize) -> &Need {
        &self.needs[index].0
    }

    pub fn span(&self, index: usize) -> Span {
        self.needs[index].1
    }

    /// Narrows as far as the needs go; what is still open takes the first kind of the order of preference.
    /// `failed` sees each need that cannot be met, with the sets as they were.
    pub fn solve(&mut self, failed: &mut impl FnMut(&Solver, usize)) {
        let mut touching: Vec<Vec<usize>> = vec![Vec::new(); self.sets.len()];
        for (index, (need, _)) in self.needs.iter().enumerate() {
            need.each_unknown(&mut |at| touching[at].push(index));
        }
        self.narrow((0..self.needs.len()).collect(), &touching, failed);
        for at in 0..self.sets.len() {
            let open = self.sets[at];
            if open.single().is_none() {
                self.sets[at] = KindSet::of(&open.kinds().take(1).collect::<Vec<_>>());
                // Of what nothing is known, nothing follows.
                if open != KindSet::ANY {
                    self.narrow(touching[at].iter().copied().collect(), &touching, failed);
                }
            }
        }
    }

    /// Works off the needs in their order, and again those whose unknowns changed.
    fn narrow(&mut self, mut due: BTreeSet<usize>, touching: &[Vec<usize>], failed: &mut impl FnMut(&Solver, usize)) {
        while let Some(index) = due.pop_first() {
            if self.broken.contains(&index) {
                continue;
            }
            let (need, span) = &self.needs[index];
            let span = *span;
            let Some(smaller) = self.narrowed(need) else {
                failed(self, index);
                self.broken.insert(index);
                continue;
            };
            for (at, set) in smaller {
                if self.set(at, set, span) {
                    due.extend(&touching[at]);
                }
            }
        }
    }

    fn set(&mut self, at: usize, set: KindSet, span: Span) -> bool {
        if self.sets[at] == set {
            return false;
        }
        self.sets[at] = set;
        if set.single().is_some() {
            self.since[at].get_or_insert(span);
        }
        true
    }

    /// The sets that a need allows; `None` if one would be empty.
    fn narrowed(&self, need: &Need) -> Option<Vec<(usize, KindSet)>> {
        let smaller = match need {
            Need::Is { at, set } => vec![(*at, self.sets[*at].and(*set))],
            Need::Same(a, b) => {
                let set = self.sets[*a].and(self.sets[*b]);
                vec![(*a, set), (*b, set)]
            }
            Need::Call { result, args, overloads } => {
                let fits: Vec<&&Signature> = overloads.iter().filter(|row| self.fits(row, *result, args)).collect();
                let of =
                    |column: &dyn Fn(&Signature) -> Kind| KindSet::of(&fits.iter().map(|row| column(row)).collect::<Vec<_>>());
                let result_set = (*result, of(&|row| row.result));
                let arg_sets = args.iter().enumerate().map(|(i, at)| (*at, of(&|row| arg_kind(row, i))));
                std::iter::once(result_set).chain(arg_sets).collect()
            }
        };
        // Two arguments may be one variable.
        let mut met: Vec<(usize, KindSet)> = Vec::new();
        for (at, set) in smaller {
            match met.iter_mut().find(|(other, _)| *other == at) {
                Some((_, already)) => *already = already.and(set),
                None => met.push((at, set.and(self.sets[at]))),
            }
        }
        met.iter().all(|(_, set)| !set.is_empty()).then_some(met)
    }

    /// Is this overload possible as things stand?
    pub fn fits(&self, row: &Signature, result: usize, args: &[usize]) -> bool {
        self.sets[result].contains(row.result) && args.iter().enumerate().all(|(i, at)| self.sets[*at].contains(arg_kind(row, i)))
    }
}

fn arg_kind(row: &Signature, i: usize) -> Kind {
    if row.variadic { row.args[0] } else { row.args[i] }
}

/// Every overload of a name, whatever its arity.
pub(super) fn overloads(name: &str) -> &'static [&'static Signature] {
    static BY_NAME: LazyLock<HashMap<&'static str, Vec<&'static Signature>>> = LazyLock::new(|| {
        let mut by_name: HashMap<&'static str, Vec<&'static Signature>> = HashMap::new();
        for row in signatures() {
            by_name.entry(row.name).or_default().push(row);
        }
        by_name
    });
    BY_NAME.get(name).map_or(&[], Vec::as_slice)
}

/// Can an overload take so many arguments? `cat` takes one or more, `min` and `max` two or more.
pub(super) fn takes(row: &Signature, arguments: usize) -> bool {
    if row.variadic { arguments >= if row.name == "cat" { 1 } else { 2 } } else { row.args.len() == arguments }
}
