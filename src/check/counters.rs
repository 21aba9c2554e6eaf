//! `autoinc()` and its old form `$`: the next number, for each firing of a rule.
//!
//! A firing is an assignment to the variables of the body; `_` beside something else in an atom counts as one.

use super::clause::{Clause, Form};
use super::report::{Report, say};
use super::rules::Checked;
use crate::program::{Stratum, read_by};
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::RuleIx;

/// How the variable behind it is called.
pub(super) const NAME: &str = "autoinc()";

pub(super) fn is_counter(call: &ast::Call) -> bool {
    call.name.text == "autoinc"
}

/// Its form is sound; otherwise says why not.
pub(super) fn is_bare(call: &ast::Call, report: &mut Report) -> bool {
    if !call.args.is_empty() {
        let message = say("`autoinc` takes no arguments", "`autoinc` 不带参数");
        report.error("E0259", call.span, message);
    }
    call.args.is_empty()
}

/// Every row that an atom matches is a firing, unless the atom asks for nothing but that there is one.
pub(super) fn prepare(clause: &mut Clause) {
    if !clause.counters.is_empty() {
        clause.capture(|atom| atom.args.iter().any(|arg| !matches!(arg.form, Form::Any)));
    }
}

pub(super) fn in_aggregate(span: Span, report: &mut Report) {
    refuse(span, ("`autoinc()` inside an aggregate", "聚合中不能使用 `autoinc()`"), report);
}

pub(super) fn in_subsumption(span: Span, report: &mut Report) {
    refuse(span, ("`autoinc()` in a subsumption", "包容规则中不能使用 `autoinc()`"), report);
}

fn refuse(span: Span, (en, zh): (&str, &str), report: &mut Report) {
    let help = say("number the rows in a rule of their own", "请在单独的规则中编号");
    report.add(Diagnostic::error("E0330", span, say(en, zh)).help(help));
}

/// No rule that reads a relation which depends on its head can number its firings: they would depend on the numbers.
pub(super) fn check(checked: &Checked, strata: &[Stratum], report: &mut Report) {
    for stratum in strata.iter().filter(|stratum| stratum.recursive) {
        for ix in stratum.rules.iter().filter(|ix: &&RuleIx| checked.counters.contains_key(ix)) {
            let rule = &checked.rules[ix.index()];
            let mut read = Vec::new();
            read_by(&rule.body, &mut read);
            if read.iter().any(|id| stratum.relations.contains(id)) {
                let message = say("`autoinc()` in a recursive rule", "递归规则中不能使用 `autoinc()`");
                let help = say("number the rows of the finished relation", "请对推导完成的关系编号");
                report.add(Diagnostic::error("E0330", rule.span, message).help(help));
            }
        }
    }
}
