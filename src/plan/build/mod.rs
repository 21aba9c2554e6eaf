//! Rules to nodes: relations and strata, bodies literal by literal, aggregates, clocks, recursion.

mod agenda;
mod aggregate;
mod atom;
mod builder;
mod choice;
mod counter;
mod flow;
mod goal;
mod range;
mod recursion;
mod relation;
mod rule;
mod steps;
mod subsume;

pub(super) use builder::Builder;
pub(super) use flow::Flow;
pub(super) use goal::{Flat, Flattener, Goal, Group, Match};
