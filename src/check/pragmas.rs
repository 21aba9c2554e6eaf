//! `.pragma`: read and of no effect. A key that is given twice is most often a slip.

use super::report::{Report, say};
use crate::syntax::{Diagnostic, Span, ast};
use std::collections::HashMap;

pub(super) fn check(tree: &ast::Program, report: &mut Report) {
    let mut known: HashMap<&str, Span> = HashMap::new();
    for item in &tree.items {
        let ast::Item::Pragma(ast::Pragma { key: Some(key), .. }) = item else { continue };
        if let Some(first) = known.insert(&key.text, key.span) {
            let text = &key.text;
            let message = say(format!("the pragma `{text}` is given again"), format!("`{text}` 的 pragma 再次给出"));
            let d = Diagnostic::warning("W0207", key.span, message).also(first, say("first here", "首次出现在此"));
            report.add(d.help(say("remove one of them", "请删除其中一个")));
        }
    }
}
