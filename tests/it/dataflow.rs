//! Do hand-written plans give the rows they mean, under insertion and retraction?

mod made;
mod naive;
mod plans;
mod runtime;

use huiyan::plan::Plan;
use huiyan::types::{Interner, word_of_number};
use made::{Dice, Subject};
use std::sync::Arc;

/// A plan over numbers below `range`.
fn check(plan: Plan, arities: &[usize], range: u64, seeds: u64) {
    let word = |dice: &mut Dice| word_of_number(dice.roll(range) as i64);
    let subject = Subject { plan, arities: arities.to_vec(), texts: Arc::new(Interner::new()), word: &word };
    subject.check(0..seeds, 15);
}

#[test]
fn reachability() {
    check(plans::reach(), &[2, 1], 8, 12);
}

#[test]
fn transitive_closure() {
    check(plans::closure(), &[2], 7, 12);
}

#[test]
fn points_to() {
    check(plans::andersen(), &[2, 2, 2, 2], 5, 12);
}

#[test]
fn mutual_recursion_with_constants_and_negation() {
    check(plans::even_and_odd(), &[2], 7, 12);
}

#[test]
fn groups_negation_and_relations_without_columns() {
    check(plans::grouped(), &[3, 2], 4, 12);
}

#[test]
fn an_input_that_two_nodes_read() {
    check(plans::read_twice(), &[2], 6, 4);
}

#[test]
fn nodes_that_are_read_and_given_out_twice() {
    check(plans::read_and_given_out_twice(), &[2], 4, 12);
    check(plans::exported_twice(), &[2], 5, 6);
}

/// A clock of no, one or several rows; rows that come and go as it moves in either direction.
#[test]
fn an_agenda_is_the_join_that_it_stands_for() {
    check(plans::agenda(), &[2, 1], 9, 60);
    check(plans::agenda(), &[2, 1], 2, 20);
}

/// Rows are packed by what their words have in common; these have nothing.
#[test]
fn words_that_are_far_apart() {
    let words = [0, 1, 1 << 31, 1 << 32, u64::MAX >> 1, 1 << 63, u64::MAX - 1, u64::MAX];
    let word = |dice: &mut Dice| words[dice.roll(8) as usize];
    let subject = |plan, arities| Subject { plan, arities, texts: Arc::new(Interner::new()), word: &word };
    subject(plans::agenda(), vec![2, 1]).check(0..6, 15);
    for plan in [plans::read_and_given_out_twice(), plans::turned_and_counted(), plans::read_twice()] {
        subject(plan, vec![2]).check(0..6, 15);
    }
}

#[test]
fn text_has_the_order_of_its_bytes_and_not_of_its_ids() {
    let texts = Arc::new(Interner::new());
    let words: Vec<_> = ["正", "b", "矫", "", "a", "ab"].iter().map(|text| texts.intern(text)).collect();
    let word = |dice: &mut Dice| words[dice.roll(6) as usize];
    Subject { plan: plans::texts(), arities: vec![2], texts: texts.clone(), word: &word }.check(0..12, 15);
}
