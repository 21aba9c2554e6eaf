//! What `huiyan test` says of cases and of what they try: for people, or for programs that read reports.

use super::{Coverage, Gap, Ran, Tally};
use crate::types::Lang;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn text(ran: &[Ran], coverage: Option<&Coverage>, pack: &Path, lang: Lang) -> String {
    let mut text: String = ran.iter().map(|case| format!("{}\n", case.shown(lang))).collect();
    let (all, failed) = (ran.len(), ran.iter().filter(|case| !case.holds()).count());
    text.push_str(&match lang {
        Lang::En => format!("{all} cases, {} hold, {failed} fail\n", all - failed),
        Lang::Zh => format!("共 {all} 个用例，{} 个通过，{failed} 个不通过\n", all - failed),
    });
    if let Some(coverage) = coverage {
        text.extend(coverage.gaps.iter().map(|gap| format!("{}\n", located(gap, pack).shown(lang))));
        text.push_str(&summary(coverage, lang));
    }
    text
}

fn summary(coverage: &Coverage, lang: Lang) -> String {
    let Coverage { clauses, conditions, .. } = coverage;
    match lang {
        Lang::En => format!(
            "{} of {} clauses hold in a case, {} of {} conditions decide one\n",
            clauses.tried, clauses.all, conditions.tried, conditions.all
        ),
        Lang::Zh => format!(
            "共 {} 个子句，{} 个在用例中成立；共 {} 个条件，{} 个在用例中起决定作用\n",
            clauses.all, clauses.tried, conditions.all, conditions.tried
        ),
    }
}

pub(super) fn json(ran: &[Ran], coverage: Option<&Coverage>, pack: &Path, lang: Lang) -> Value {
    let mut report = json!({"cases": ran.iter().map(|case| one(case, lang)).collect::<Vec<_>>()});
    if let Some(coverage) = coverage {
        let tally = |tally: Tally| json!({"all": tally.all, "tried": tally.tried});
        report["coverage"] = json!({
            "clauses": tally(coverage.clauses),
            "conditions": tally(coverage.conditions),
            "gaps": coverage.gaps.iter().map(|gap| place(&located(gap, pack), lang)).collect::<Vec<_>>(),
        });
    }
    report
}

fn one(case: &Ran, lang: Lang) -> Value {
    let mut told = json!({"name": case.name, "holds": case.holds()});
    match &case.outcome {
        Ok(differences) => told["differences"] = differences.iter().map(ToString::to_string).collect(),
        Err(error) => told["error"] = error.said(lang).into(),
    }
    told
}

fn place(gap: &Gap, lang: Lang) -> Value {
    json!({
        "file": gap.file,
        "line": gap.line,
        "column": gap.column,
        "rule": gap.rule,
        "asks": gap.asks,
        "text": gap.text,
        "message": gap.shown(lang),
    })
}

/// The file as it is found from where the command ran.
fn located(gap: &Gap, pack: &Path) -> Gap {
    Gap { file: pack.join(&gap.file).to_string_lossy().into_owned(), ..gap.clone() }
}
