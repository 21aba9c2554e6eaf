//! Every rule and fact through the passes that look at one clause; what comes out are rules and facts of the checked program and,
//! beside them, who reads whom.

use super::clause::{Clause, Lit, Slot, Term};
use super::expand::{Leaf, LeafForm, TooMany, conjunctions, too_many};
use super::lower::Lowering;
use super::report::{Report, say};
use super::schema::Schema;
use super::strata::{Edge, How};
use super::{counters, ground, habits, inline, kinds, literals, resolve, scope, subsumption, subtypes};
use crate::limits::{MAX_DISJUNCTS, MAX_EXPANDED_LITERALS};
use crate::program::{Rule, text::rule_text};
use crate::syntax::{Diagnostic, Span, ast, print_rule};
use crate::types::{Interner, RelId, Row, RuleIx, VarId};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What the rules of a program come to.
#[derive(Default)]
pub(super) struct Checked {
    pub rules: Vec<Rule>,
    pub facts: Vec<(RelId, Row)>,
    /// Texts in the order of first sight.
    pub texts: Vec<Arc<str>>,
    /// What each `autoinc()` of a rule gives.
    pub counters: BTreeMap<RuleIx, Vec<VarId>>,
    pub subsumptions: Vec<Rule>,
    pub edges: Vec<Edge>,
    /// Relations with a rule or a fact, sound or not.
    pub filled: HashSet<RelId>,
    seen_facts: HashSet<(RelId, Row)>,
}

pub(super) fn check_rules(tree: &ast::Program, schema: &Schema, report: &mut Report) -> Checked {
    let mut pass =
        Pass { schema, report, texts: Interner::new(), names: HashMap::new(), expanded: 0, checked: Checked::default() };
    for item in &tree.items {
        if let ast::Item::Rule(rule) = item {
            pass.rule(rule);
        }
    }
    pass.checked.texts = pass.texts.texts();
    pass.checked
}

struct Pass<'a> {
    schema: &'a Schema,
    report: &'a mut Report,
    /// For constants only: the words in it die with the check, the order of its texts goes into the program.
    texts: Interner,
    /// Names of rules and where they were given.
    names: HashMap<String, Span>,
    /// Literals that rules with several conjunctions came to.
    expanded: usize,
    checked: Checked,
}

/// What the heads and disjuncts of one written rule share.
struct Written {
    id: String,
    named: bool,
    basis: Option<String>,
    span: Span,
    is_fact: bool,
    subsumes: bool,
}

impl Pass<'_> {
    fn rule(&mut self, rule: &ast::Rule) {
        let errors = self.report.errors();
        let written = Written {
            id: self.rule_id(rule),
            named: annotation(rule, "name").is_some(),
            basis: annotation(rule, "basis").map(|a| a.value.clone()),
            span: rule.span,
            is_fact: rule.body.is_none(),
            subsumes: rule.subsumes,
        };
        if rule.subsumes {
            if !subsumption::is_sound(rule, self.schema, self.report) {
                return;
            }
        } else {
            self.heads_are_derivable(rule);
        }
        let bodies = match rule.body.as_ref().map(conjunctions) {
            None => vec![Vec::new()],
            Some(Ok(bodies)) if bodies.len() * rule.heads.len() <= MAX_DISJUNCTS => bodies,
            Some(Ok(_)) => return too_many(&TooMany::Conjunctions, rule.span, self.report),
            Some(Err(which)) => return too_many(&which, rule.span, self.report),
        };
        if bodies.len() > 1 {
            let before = self.expanded;
            self.expanded += bodies.iter().map(|body| body.len() + 1).sum::<usize>() * rule.heads.len();
            if self.expanded > MAX_EXPANDED_LITERALS {
                // Told once.
                if before <= MAX_EXPANDED_LITERALS {
                    too_many(&TooMany::InAll, rule.span, self.report);
                }
                return;
            }
        }
        if let ([lesser, greater], true) = (&rule.heads[..], rule.subsumes) {
            let lesser = &subsumption::named(lesser);
            for body in &bodies {
                let pair = [lesser, greater].map(|atom| Leaf { form: LeafForm::Atom(atom), negated: false });
                self.clause(lesser, &[&pair, &body[..]].concat(), &written);
            }
        } else {
            for head in &rule.heads {
                for body in &bodies {
                    self.clause(head, body, &written);
                }
            }
        }
        // A slip in a name that is an error already needs no warning.
        if self.report.errors() == errors {
            habits::variables(rule, self.report);
        }
    }

    /// The passes over one conjunction, in their order; each says why it stands where it stands.
    fn clause(&mut self, head: &ast::Atom, body: &[Leaf], written: &Written) {
        let errors = self.report.errors();
        let mut clause = resolve::resolve(head, body, self.schema, self.report);
        self.note_texts(&clause);
        if written.subsumes {
            subsumption::prepare(&mut clause, self.report);
        } else {
            counters::prepare(&mut clause);
        }
        // Scopes first: until then one name may be two variables, with two kinds.
        let given = self.given(&clause, head);
        inline::wilds(&clause, self.schema, self.report);
        if !scope::hoist(&mut clause, &given, self.report) {
            return;
        }
        literals::infer(&mut clause, self.schema, self.report);
        // Kinds before grounding: only then is it known which casts compute something.
        let kinds = kinds::infer(&mut clause, self.schema, self.report);
        subtypes::check(&mut clause, &kinds, self.schema, self.report);
        ground::wilds(&clause, &given, self.report);
        // A fact with an aggregate or `ord` is a rule: it has to be worked out.
        let is_known = !clause.head_terms.iter().any(Term::holds_ord);
        let is_fact = written.is_fact && clause.body.is_empty() && is_known;
        if !is_fact {
            ground::check(&mut clause, &given, self.report);
        }
        self.edges(&clause, written);
        if self.report.errors() > errors {
            return;
        }
        // A rule of an `inline` relation may have nothing but its columns.
        let is_constant = is_fact || clause.body.is_empty() && given.is_empty() && clause.counters.is_empty() && is_known;
        let mut lowering = Lowering {
            clause: &clause,
            kinds: &kinds,
            schema: self.schema,
            texts: &self.texts,
            given: &given,
            report: self.report,
        };
        if is_constant {
            let fact = lowering.fact();
            self.checked.facts.extend(fact.filter(|fact| self.checked.seen_facts.insert(fact.clone())));
        } else if let Some(lowered) = lowering.rule() {
            let mut rule = Rule {
                id: written.id.clone(),
                named: written.named,
                basis: written.basis.clone(),
                head: lowered.head,
                head_terms: lowered.head_terms,
                body: lowered.body,
                places: lowered.places,
                vars: lowered.vars,
                text: String::new(),
                span: written.span,
            };
            rule.text = rule_text(&rule, &self.schema.relations);
            if written.subsumes {
                self.checked.subsumptions.push(rule);
                return;
            }
            if !lowered.counters.is_empty() {
                self.checked.counters.insert(RuleIx(self.checked.rules.len() as u32), lowered.counters);
            }
            self.checked.rules.push(rule);
        }
    }

    /// Columns of the head of a rule that will be written into others: those have a value for each.
    fn given(&mut self, clause: &Clause, head: &ast::Atom) -> BTreeSet<Slot> {
        if clause.head.is_none_or(|head| !self.schema.inline.contains(&head)) {
            return BTreeSet::new();
        }
        if !clause.counters.is_empty() {
            inline::counter(head.span, self.report);
        }
        let mut given = BTreeSet::new();
        clause.head_terms.iter().for_each(|term| ground::taken_apart(term, &mut given));
        given
    }

    /// Texts are first seen in the order in which they are written.
    fn note_texts(&mut self, clause: &Clause) {
        let mut found = Vec::new();
        clause.head_terms.iter().for_each(|term| term.each_text(&mut |text, span| found.push((span.start, text))));
        clause.body.iter().for_each(|lit| lit.each_text(&mut |text, span| found.push((span.start, text))));
        found.sort();
        for (_, text) in found {
            self.texts.intern(text);
        }
    }

    /// A subsumption reads rows of its own relation before any is dropped: that is no recursion.
    fn edges(&mut self, clause: &Clause, written: &Written) {
        let Some(head) = clause.head else { return };
        let is_own = |lit: &&Lit| matches!(lit, Lit::Atom(atom) if atom.relation == Some(head));
        let read = clause.body.iter().rev().filter(|lit| !(written.subsumes && is_own(lit)));
        let mut stack: Vec<(&Lit, bool)> = read.map(|lit| (lit, false)).collect();
        while let Some((lit, inside)) = stack.pop() {
            let (atom, how) = match lit {
                Lit::Atom(atom) if inside => (atom, How::Aggregated),
                Lit::Atom(atom) => (atom, How::Positive),
                Lit::Not(atom) => (atom, How::Negated),
                Lit::Aggregate { of, .. } => {
                    stack.extend(of.body.iter().rev().map(|lit| (lit, true)));
                    continue;
                }
                Lit::Compare { .. } | Lit::Holds { .. } | Lit::Range { .. } => continue,
            };
            if let Some(on) = atom.relation {
                self.checked.edges.push(Edge { head, on, how, span: atom.span });
            }
        }
    }

    /// Records and clocks say what is outside: no rule and no fact adds to them.
    fn heads_are_derivable(&mut self, rule: &ast::Rule) {
        for head in &rule.heads {
            let Some(id) = self.schema.find(&head.relation.text) else { continue };
            self.checked.filled.insert(id);
            let relation = self.schema.relation(id);
            if relation.record.is_none() && !relation.clock {
                continue;
            }
            let name = &relation.name;
            let (what_en, what_zh) = if relation.clock { ("clock", "时钟") } else { ("record", "记录") };
            let message =
                say(format!("`{name}` is a {what_en}: no rule adds to it"), format!("`{name}` 是{what_zh}，规则不能向其添加"));
            let help = say("derive into a relation of its own", "请推导到另一个关系");
            self.report.add(Diagnostic::error("E0302", head.span, message).help(help));
        }
    }

    /// The name of a rule, else the hash of its canonical text.
    fn rule_id(&mut self, rule: &ast::Rule) -> String {
        let Some(name) = annotation(rule, "name") else {
            return hash(&canonical(rule));
        };
        let text = &name.value;
        if let Some(first) = self.names.get(text) {
            let message = say(format!("two rules are named `{text}`"), format!("两条规则都叫 `{text}`"));
            let d = Diagnostic::error("E0305", name.span, message).also(*first, say("the first one", "第一条在此"));
            self.report.add(d.help(say("names of rules are unique: rename one", "规则名须唯一：请改名")));
        } else {
            self.names.insert(text.clone(), name.span);
        }
        text.clone()
    }
}

fn annotation<'a>(rule: &'a ast::Rule, key: &str) -> Option<&'a ast::Annotation> {
    rule.annotations.iter().find(|annotation| annotation.key.text == key)
}

/// The rule without its annotations, in the one form that printing gives it.
fn canonical(rule: &ast::Rule) -> String {
    print_rule(&ast::Rule { annotations: Vec::new(), ..rule.clone() })
}

/// The first 16 hex digits of the SHA-256.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
