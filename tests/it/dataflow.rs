//! Do hand-written plans give the rows they mean, under insertion and retraction?

mod made;
mod plans;

use huiyan::dataflow::{Budget, Runtime};
use huiyan::types::{Epoch, Interner};
use made::*;
use std::sync::Arc;

#[test]
fn a_map_gives_what_it_reads() {
    let plan = plans::swap();
    let mut runtime =
        Runtime::start(Arc::new(plan), vec![2, 2], Arc::new(Interner::new()), 1, Budget { iterations: 100, rows: 1_000 });
    runtime.submit(Epoch(1), vec![changes(0, &[(&[1, 2], 1), (&[3, 4], 1)])]);
    let deltas = runtime.wait(Epoch(1)).unwrap();
    assert_eq!(shown(&deltas), vec![(1, 1, vec![2, 1], 1), (1, 1, vec![4, 3], 1)]);
    runtime.submit(Epoch(2), vec![changes(0, &[(&[1, 2], -1)])]);
    assert_eq!(shown(&runtime.wait(Epoch(2)).unwrap()), vec![(2, 1, vec![2, 1], -1)]);
}
