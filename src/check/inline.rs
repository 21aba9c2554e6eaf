//! `inline`: a relation whose rules are written into those that read it, before anything is known of them. A rule of it need not be sound by
//! itself: what it leaves open is given by who reads it.
//!
//! Promises: no atom of such a relation is left; variables of an inlined rule meet none of those around it.

use super::report::{Report, say};
use crate::limits::{MAX_DISJUNCTS, MAX_INLINED};
use crate::syntax::{Diagnostic, Span, ast, walk};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The program without its `inline` relations.
pub(super) fn inline<'t>(tree: Cow<'t, ast::Program>, report: &mut Report) -> Cow<'t, ast::Program> {
    let mut inlined = HashMap::new();
    for item in &tree.items {
        if let ast::Item::Decl(decl) = item
            && decl.has_qualifier("inline")
        {
            inlined.extend(decl.names.iter().map(|name| (name.text.clone(), name.span)));
        }
    }
    if inlined.is_empty() {
        return tree;
    }
    let errors = report.errors();
    let mut pass = Pass { rules: HashMap::new(), fresh: 0, written: 0, report };
    pass.collect(&tree, &inlined);
    pass.judge(&tree, &inlined);
    let mut whole = tree.into_owned();
    if pass.report.errors() > errors {
        return Cow::Owned(whole);
    }
    pass.settle();
    let is_inlined = |name: &ast::Name| inlined.contains_key(&name.text);
    for item in &mut whole.items {
        match item {
            ast::Item::Decl(decl) => decl.names.retain(|name| !is_inlined(name)),
            ast::Item::Rule(rule) => {
                rule.heads.retain(|head| !is_inlined(&head.relation));
                if let (false, Some(body)) = (rule.heads.is_empty(), &mut rule.body) {
                    pass.in_body(body);
                }
            }
            _ => {}
        }
    }
    whole.items.retain(|item| match item {
        ast::Item::Decl(decl) => !decl.names.is_empty(),
        ast::Item::Rule(rule) => !rule.heads.is_empty(),
        _ => true,
    });
    Cow::Owned(whole)
}

/// A rule of an inlined relation.
#[derive(Clone)]
struct Definition {
    args: Vec<ast::Term>,
    body: ast::Body,
}

struct Pass<'r> {
    rules: HashMap<String, Vec<Definition>>,
    fresh: usize,
    /// Definitions written in so far.
    written: usize,
    report: &'r mut Report,
}

impl Pass<'_> {
    fn collect(&mut self, tree: &ast::Program, inlined: &HashMap<String, Span>) {
        self.rules.extend(inlined.keys().map(|name| (name.clone(), Vec::new())));
        for item in &tree.items {
            let ast::Item::Rule(rule) = item else { continue };
            for head in &rule.heads {
                let (Some(rules), ast::Args::Positional(args)) = (self.rules.get_mut(&head.relation.text), &head.args) else {
                    continue;
                };
                let body = rule.body.clone().unwrap_or(ast::Body::True(rule.span));
                rules.push(Definition { args: args.clone(), body });
            }
        }
    }

    /// What cannot be inlined: what is read or written as a whole, what reads itself, what an aggregate ranges over.
    fn judge(&mut self, tree: &ast::Program, inlined: &HashMap<String, Span>) {
        let refuse = |report: &mut Report, span, name: &str, why: (&str, &str)| {
            let message = say(format!("`{name}` cannot be inlined: {}", why.0), format!("关系 `{name}` 不能内联：{}", why.1));
            let help = say("leave `inline` out of its declaration", "请从声明中删去 `inline`");
            report.add(Diagnostic::error("E0317", span, message).help(help));
        };
        for item in &tree.items {
            match item {
                ast::Item::Directive(directive) => {
                    for name in directive.relations.iter().filter(|name| inlined.contains_key(&name.text)) {
                        refuse(self.report, name.span, &name.text, ("a directive names it", "有指令使用它"));
                    }
                }
                ast::Item::Rule(rule) => {
                    let mut found = Vec::new();
                    rule.body.iter().for_each(|body| ranged_over(body, &mut found));
                    for name in found.into_iter().filter(|name| inlined.contains_key(&name.text)) {
                        refuse(self.report, name.span, &name.text, ("an aggregate ranges over it", "有聚合使用它"));
                    }
                }
                _ => {}
            }
        }
        let mut names: Vec<&String> = inlined.keys().collect();
        names.sort();
        for name in names {
            if self.reaches(name, name, &mut HashSet::new()) {
                refuse(self.report, inlined[name], name, ("it reads itself", "它依赖自身"));
            }
        }
    }

    fn reaches(&self, from: &str, to: &str, seen: &mut HashSet<String>) -> bool {
        let rules = self.rules.get(from).into_iter().flatten();
        let mut read = Vec::new();
        rules.for_each(|rule| walk::atoms(&rule.body, &mut |atom| read.push(&atom.relation.text)));
        read.into_iter().any(|next| {
            next == to || (self.rules.contains_key(next) && seen.insert(next.clone()) && self.reaches(next, to, seen))
        })
    }

    /// Inlined relations within inlined relations.
    fn settle(&mut self) {
        let mut done = HashSet::new();
        let mut names: Vec<String> = self.rules.keys().cloned().collect();
        names.sort();
        for name in names {
            self.settle_one(&name, &mut done);
        }
    }

    fn settle_one(&mut self, name: &str, done: &mut HashSet<String>) {
        if !done.insert(name.to_string()) {
            return;
        }
        let mut rules = self.rules.get(name).cloned().unwrap_or_default();
        for rule in &mut rules {
            let mut read = Vec::new();
            walk::atoms(&rule.body, &mut |atom| read.push(atom.relation.text.clone()));
            read.retain(|next| self.rules.contains_key(next));
            read.iter().for_each(|next| self.settle_one(next, done));
            self.in_body(&mut rule.body);
        }
        self.rules.insert(name.to_string(), rules);
    }

    fn in_body(&mut self, body: &mut ast::Body) {
        match body {
            ast::Body::And(parts) | ast::Body::Or(parts) => parts.iter_mut().for_each(|part| self.in_body(part)),
            ast::Body::Not(inner, span) => match self.may_be_negated(inner) {
                true => self.in_body(inner),
                // It was told; what would be left open is not looked at.
                false => *body = ast::Body::False(*span),
            },
            ast::Body::Atom(atom) => {
                if let Some(rules) = self.rules.get(&atom.relation.text) {
                    let rules = rules.clone();
                    *body = self.written_in(atom, rules);
                }
            }
            ast::Body::Compare(_) | ast::Body::Holds(_) | ast::Body::True(_) | ast::Body::False(_) => {}
        }
    }

    /// Under a negation nothing may be left open.
    fn may_be_negated(&mut self, inner: &ast::Body) -> bool {
        let mut found = Vec::new();
        walk::atoms(inner, &mut |atom| {
            let rules = self.rules.get(&atom.relation.text).into_iter().flatten();
            let ast::Args::Positional(args) = &atom.args else { return };
            let is_open = args.iter().any(|arg| matches!(arg, ast::Term::Wild(_)));
            let leaves_open = |rule: &Definition| {
                let Definition { mut args, mut body } = rule.clone();
                let (mut own, mut all) = (Variables::default(), Variables::default());
                args.iter_mut().for_each(|arg| walk::term(arg, &mut own));
                walk::body(&mut body, &mut all);
                !all.0.is_subset(&own.0)
            };
            if self.rules.contains_key(&atom.relation.text) && (is_open || rules.into_iter().any(leaves_open)) {
                found.push((atom.span, atom.relation.text.clone()));
            }
        });
        let may_be = found.is_empty();
        for (span, name) in found {
            let message = say(
                format!("`{name}` cannot be inlined under `!`: a variable would be left open"),
                format!("关系 `{name}` 不能在 `!` 之下内联：会有变量悬空"),
            );
            let help = say("leave `inline` out of its declaration", "请从声明中删去 `inline`");
            self.report.add(Diagnostic::error("E0317", span, message).help(help));
        }
        may_be
    }

    /// One disjunct for each rule.
    fn written_in(&mut self, atom: &ast::Atom, rules: Vec<Definition>) -> ast::Body {
        let ast::Args::Positional(args) = &atom.args else { return ast::Body::Atom(atom.clone()) };
        self.written += rules.len();
        if rules.len() > MAX_DISJUNCTS || self.written > MAX_INLINED {
            let message =
                say(format!("inlining comes to more than {MAX_INLINED} rules"), format!("内联展开后超过 {MAX_INLINED} 条规则"));
            let help = say("leave `inline` out of a declaration", "请从某个声明中删去 `inline`");
            self.report.add(Diagnostic::error("E0318", atom.span, message).help(help));
            return ast::Body::False(atom.span);
        }
        let ways = rules.into_iter().filter(|rule| rule.args.len() == args.len()).map(|mut rule| {
            self.fresh += 1;
            let mut own = Own { number: self.fresh, given: HashMap::new() };
            let mut parts = Vec::new();
            for (arg, own_arg) in args.iter().zip(&mut rule.args) {
                match own_arg {
                    _ if matches!(arg, ast::Term::Wild(_)) => {}
                    ast::Term::Var(name) if !own.given.contains_key(&name.text) => {
                        own.given.insert(name.text.clone(), arg.clone());
                    }
                    own_arg => {
                        walk::term(own_arg, &mut own);
                        let (lhs, rhs) = (own_arg.clone(), arg.clone());
                        parts.push(ast::Body::Compare(ast::Comparison { op: ast::CompareOp::Eq, lhs, rhs, span: atom.span }));
                    }
                }
            }
            walk::body(&mut rule.body, &mut own);
            parts.insert(0, rule.body);
            ast::Body::And(parts)
        });
        ast::Body::Or(ways.collect())
    }
}

/// The relations that aggregates range over.
fn ranged_over<'b>(body: &'b ast::Body, found: &mut Vec<&'b ast::Name>) {
    walk::aggregates(body, &mut |aggregate| {
        walk::atoms(&aggregate.body, &mut |atom| found.push(&atom.relation));
        ranged_over(&aggregate.body, found);
    });
}

#[derive(Default)]
struct Variables(HashSet<String>);

impl walk::Names for Variables {
    fn variable(&mut self, term: &mut ast::Term) {
        if let ast::Term::Var(name) = term {
            self.0.insert(name.text.clone());
        }
    }
}

/// Variables of a rule that is written into another: those of its head are what is given there, others get a name that no program can write.
struct Own {
    number: usize,
    given: HashMap<String, ast::Term>,
}

impl walk::Names for Own {
    fn variable(&mut self, term: &mut ast::Term) {
        let ast::Term::Var(name) = term else { return };
        match self.given.get(&name.text) {
            Some(given) => *term = given.clone(),
            None => name.text = format!("{}'{}", name.text, self.number),
        }
    }
}
