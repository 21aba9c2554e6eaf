//! What a plan cannot do cheaply, said to who wrote the rule. It works all the same.

use super::build::Builder;
use super::options::Options;
use crate::program::Program;
use crate::syntax::Diagnostic;
use crate::types::Said;

/// A warning for each rule of which a tick reads again all that waits for the clock, because it uses the clock for more than an agenda
/// knows.
pub fn warnings(program: &Program) -> Vec<Diagnostic> {
    let options = Options::default();
    let mut builder = Builder::new(program, &options);
    builder.strata();
    let mut warnings: Vec<Diagnostic> = Vec::new();
    for (span, clock) in builder.unscheduled {
        let name = &program.relation(clock).name;
        let message = Said::new(
            format!("each tick of `{name}` reads everything again that this rule waits with"),
            format!("`{name}` 每走一步，此规则等待中的全部内容都要重读一遍"),
        );
        let help = Said::new(
            "outside recursion and aggregates, a clock that is only compared, as in `t > due + 7`, costs what falls due; \
             if its value is needed, this is what it costs",
            "在递归与聚合之外，若只比较时钟（如 `t > due + 7`），则只处理到期的部分；若确需其值，则代价如此",
        );
        warnings.push(Diagnostic::warning("W0205", span, message).help(help));
    }
    warnings
}
