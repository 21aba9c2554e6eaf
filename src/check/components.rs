//! Components: every `.init` writes the text of its component once more, with a name of its own before each name that is declared in it.
//!
//! Promises: what comes out has no component; names mean what they mean in Soufflé: those declared within win, others are those outside, and a
//! rule for a relation from outside adds to that one. It ends, however components name each other.

use super::report::{Report, say};
use super::strata;
use crate::limits::{MAX_COMPONENT_BYTES, MAX_COMPONENT_DEPTH, MAX_NAME_BYTES};
use crate::syntax::{Diagnostic, Span, ast, walk};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The program with the content of each component in place of its `.init`. `None`: a component derives from itself, and nothing can be
/// written out.
pub(super) fn instantiate<'t>(tree: &'t ast::Program, report: &mut Report) -> Option<Cow<'t, ast::Program>> {
    let is_of_components = |item: &ast::Item| matches!(item, ast::Item::Component(_) | ast::Item::Init(_));
    if !tree.items.iter().any(is_of_components) {
        return Some(Cow::Borrowed(tree));
    }
    let mut maker = Maker { nested: vec![Scope::default()], written: 0, full: false, report };
    maker.declare(&tree.items, 0);
    maker.unused();
    if maker.circles() {
        return None;
    }
    let mut items = Vec::new();
    for item in &tree.items {
        match item {
            ast::Item::Component(_) => {}
            ast::Item::Init(init) => items.extend(maker.init(init, 0, &HashMap::new(), 0)),
            item => items.push(item.clone()),
        }
    }
    Some(Cow::Owned(ast::Program { items }))
}

/// A component, or the program, which is the first: what is declared in it.
#[derive(Default)]
struct Scope<'t> {
    component: Option<&'t ast::Component>,
    /// The scope around it; the program has none.
    outside: usize,
    components: HashMap<&'t str, usize>,
}

struct Maker<'t, 'r> {
    nested: Vec<Scope<'t>>,
    /// Bytes of what came out so far, roughly.
    written: usize,
    full: bool,
    report: &'r mut Report,
}

/// What parameters stand for here.
type Binding = HashMap<String, String>;

impl<'t> Maker<'t, '_> {
    fn declare(&mut self, items: &'t [ast::Item], scope: usize) {
        for item in items {
            let ast::Item::Component(component) = item else { continue };
            let name = component.name.text.as_str();
            if let Some(first) = self.nested[scope].components.get(name) {
                let first = self.nested[*first].component.map_or(component.span, |first| first.name.span);
                let message = say(format!("component `{name}` is declared twice"), format!("组件 `{name}` 重复声明"));
                let d = Diagnostic::error("E0314", component.name.span, message)
                    .also(first, say("first declared here", "首次声明在此"))
                    .help(say("remove one of them or rename it", "请删除其中一个或改名"));
                self.report.add(d);
                continue;
            }
            let at = self.nested.len();
            self.nested.push(Scope { component: Some(component), outside: scope, components: HashMap::new() });
            self.nested[scope].components.insert(name, at);
            self.declare(&component.items, at);
        }
    }

    /// What a component speaks of must be there, whether it is ever used or not.
    fn unused(&mut self) {
        for at in 1..self.nested.len() {
            let Some(component) = self.nested[at].component else { continue };
            let params = self.params(at);
            let is_known = |used: &&ast::ComponentRef| !params.contains(used.name.text.as_str());
            for base in component.bases.iter().filter(is_known) {
                self.resolve(base, self.nested[at].outside, &Binding::new());
            }
            let inits =
                component.items.iter().filter_map(|item| if let ast::Item::Init(init) = item { Some(&init.of) } else { None });
            for of in inits.filter(is_known) {
                self.resolve(of, at, &Binding::new());
            }
        }
    }

    /// Reports components that derive from themselves. Are there any?
    fn circles(&mut self) -> bool {
        let mut bases: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.nested.len()];
        for (at, scope) in self.nested.iter().enumerate().skip(1) {
            let Some(component) = scope.component else { continue };
            let is_param = |name: &str| component.params.iter().any(|param| param.text == name);
            let known = component.bases.iter().filter(|base| !is_param(&base.name.text));
            bases[at] = known.filter_map(|base| self.find(&base.name.text, scope.outside)).collect();
        }
        let circle = strata::components(&bases);
        let mut members = vec![0; self.nested.len()];
        circle.iter().for_each(|of| members[*of] += 1);
        let mut found = false;
        for (at, bases) in bases.iter().enumerate() {
            let Some(component) = self.nested[at].component.filter(|_| members[circle[at]] > 1 || bases.contains(&at)) else {
                continue;
            };
            found = true;
            let name = &component.name.text;
            let message = say(format!("component `{name}` derives from itself"), format!("组件 `{name}` 派生自自身"));
            let help = say("take one of the bases in the circle off", "请去掉循环中的某个基组件");
            self.report.add(Diagnostic::error("E0318", component.name.span, message).help(help));
        }
        found
    }

    /// Parameters of a component and of those around it.
    fn params(&self, mut at: usize) -> HashSet<&'t str> {
        let mut params = HashSet::new();
        while let Some(component) = self.nested[at].component {
            params.extend(component.params.iter().map(|param| param.text.as_str()));
            at = self.nested[at].outside;
        }
        params
    }

    /// The component of a name as seen in a scope: the innermost one.
    fn find(&self, name: &str, mut scope: usize) -> Option<usize> {
        loop {
            if let Some(at) = self.nested[scope].components.get(name) {
                return Some(*at);
            }
            if scope == 0 {
                return None;
            }
            scope = self.nested[scope].outside;
        }
    }

    /// The component that is meant, and what its parameters stand for.
    fn resolve(&mut self, used: &ast::ComponentRef, scope: usize, binding: &Binding) -> Option<(usize, Binding)> {
        let name = binding.get(&used.name.text).unwrap_or(&used.name.text);
        let Some(at) = self.find(name, scope) else {
            let message = say(format!("undefined component `{name}`"), format!("未定义的组件 `{name}`"));
            let known: Vec<String> = self.nested.iter().filter_map(|s| Some(s.component?.name.text.clone())).collect();
            let help = self.report.near(name, known.iter().map(String::as_str));
            let help = help.unwrap_or_else(|| {
                say(format!("declare it: `.comp {name} {{ … }}`"), format!("请先声明：`.comp {name} {{ … }}`"))
            });
            self.report.add(Diagnostic::error("E0310", used.name.span, message).help(help));
            return None;
        };
        let params = &self.nested[at].component?.params;
        if params.len() != used.args.len() {
            let (want, have) = (params.len(), used.args.len());
            let message = say(
                format!("component `{name}` has {want} parameters and is given {have}"),
                format!("组件 `{name}` 有 {want} 个参数，此处给出 {have} 个"),
            );
            let help = say("give one type for each parameter", "请为每个参数给出一个类型");
            self.report.add(Diagnostic::error("E0311", used.name.span, message).help(help));
            return None;
        }
        let meant = |arg: &ast::Name| binding.get(&arg.text).unwrap_or(&arg.text).clone();
        // What stands within a component knows its parameters.
        let mut inner = binding.clone();
        inner.extend(params.iter().map(|param| param.text.clone()).zip(used.args.iter().map(meant)));
        Some((at, inner))
    }

    /// What an `.init` stands for, under its name.
    fn init(&mut self, init: &ast::Init, scope: usize, binding: &Binding, depth: usize) -> Vec<ast::Item> {
        let Some((at, inner)) = self.resolve(&init.of, scope, binding) else { return Vec::new() };
        let mut items = self.content(at, &inner, &HashSet::new(), depth + 1, init.span);
        if !rename(&mut items, &init.name.text) && !self.full {
            let message = say(
                format!("names within components come to more than {MAX_NAME_BYTES} bytes"),
                format!("组件内的名称展开后超过 {MAX_NAME_BYTES} 字节"),
            );
            let help = say("shorten the names of the `.init`s", "请缩短各 `.init` 的名称");
            self.report.add(Diagnostic::error("E0312", init.span, message).help(help));
            self.full = true;
        }
        items
    }

    /// What a component holds, with what it has from its bases. `overridden`: relations whose rules who derives from it replaces.
    fn content(
        &mut self,
        at: usize,
        binding: &Binding,
        overridden: &HashSet<String>,
        depth: usize,
        span: Span,
    ) -> Vec<ast::Item> {
        if depth > MAX_COMPONENT_DEPTH && !self.full {
            let message = say(
                format!("components within components, more than {MAX_COMPONENT_DEPTH} deep"),
                format!("组件逐层引用超过 {MAX_COMPONENT_DEPTH} 层"),
            );
            let help = say("does one of them hold or derive from itself?", "是否有组件包含或派生自自身？");
            self.report.add(Diagnostic::error("E0312", span, message).help(help));
            self.full = true;
        }
        let Some(component) = self.nested[at].component.filter(|_| !self.full) else { return Vec::new() };
        if !self.has_room(component, span) {
            return Vec::new();
        }
        let mut items = Vec::new();
        let own: HashSet<String> = component.overrides.iter().map(|name| name.text.clone()).collect();
        let of_bases = own.union(overridden).cloned().collect();
        for base in &component.bases {
            if let Some((base, inner)) = self.resolve(base, self.nested[at].outside, binding) {
                items.extend(self.content(base, &inner, &of_bases, depth + 1, span));
            }
        }
        // What was cut short on the way is not judged.
        if !self.full {
            self.judge_overrides(component, &items);
        }
        let mut is_dropped = false;
        for item in &component.items {
            match item {
                ast::Item::Component(_) => {}
                ast::Item::Init(init) => items.extend(self.init(init, at, binding, depth)),
                // It speaks of the rule before it.
                ast::Item::Plan(_) if is_dropped => {}
                ast::Item::Rule(rule) => {
                    let mut rule = rule.clone();
                    rule.heads.retain(|head| !overridden.contains(&head.relation.text));
                    is_dropped = rule.heads.is_empty();
                    if !is_dropped {
                        items.push(bound(ast::Item::Rule(rule), binding));
                    }
                }
                item => items.push(bound(item.clone(), binding)),
            }
        }
        items
    }

    /// What is overridden must come from a base and allow it. `inherited`: what comes from the bases.
    fn judge_overrides(&mut self, component: &ast::Component, inherited: &[ast::Item]) {
        for name in &component.overrides {
            let declares =
                |item: &&ast::Item| matches!(item, ast::Item::Decl(decl) if decl.names.iter().any(|one| one.text == name.text));
            let message = match inherited.iter().find(declares) {
                Some(ast::Item::Decl(decl)) if decl.has_qualifier("overridable") => continue,
                Some(_) => {
                    say(format!("relation `{}` may not be overridden", name.text), format!("关系 `{}` 不可被替换", name.text))
                }
                None => say(
                    format!("relation `{}` comes from no base of `{}`", name.text, component.name.text),
                    format!("关系 `{}` 并非来自 `{}` 的基组件", name.text, component.name.text),
                ),
            };
            let help = say(
                "declare it in a base with `overridable` behind its columns",
                "请在基组件中声明，并在各列之后写 `overridable`",
            );
            // Where the component begins, as Soufflé tells it.
            let d = Diagnostic::error("E0315", component.name.span, message);
            self.report.add(d.also(name.span, say("overridden here", "在此替换")).help(help));
        }
    }

    /// Is there room for what a component holds?
    fn has_room(&mut self, component: &ast::Component, span: Span) -> bool {
        self.written += ITEM_BYTES + component.items.iter().map(size).sum::<usize>();
        if self.written > MAX_COMPONENT_BYTES && !self.full {
            let most = MAX_COMPONENT_BYTES >> 20;
            let message = say(
                format!("components come to more than {most} MiB of rules and declarations"),
                format!("组件展开后的规则与声明超过 {most} MiB"),
            );
            let help = say("use them fewer times", "请减少实例化次数");
            self.report.add(Diagnostic::error("E0313", span, message).help(help));
            self.full = true;
        }
        !self.full
    }
}

/// Of an item what is not its text.
const ITEM_BYTES: usize = 64;

fn size(item: &ast::Item) -> usize {
    let text = match item {
        ast::Item::Decl(decl) => decl.span,
        ast::Item::Type(decl) => decl.span,
        ast::Item::Directive(directive) => directive.span,
        ast::Item::Rule(rule) => rule.span,
        ast::Item::Plan(plan) => plan.span,
        ast::Item::Init(init) => init.span,
        ast::Item::Pragma(pragma) => pragma.span,
        // Written out where it is used.
        ast::Item::Component(component) => component.name.span,
    };
    ITEM_BYTES + (text.end - text.start) as usize
}

/// With the arguments of the component in place of its parameters.
fn bound(mut item: ast::Item, binding: &Binding) -> ast::Item {
    if !binding.is_empty() {
        walk::item(&mut item, &mut Replaced { types: Some(binding), relations: None });
    }
    item
}

/// Puts a name before everything that these items declare, wherever they speak of it, and before the names of their rules. Does nothing where
/// that would be too long.
fn rename(items: &mut [ast::Item], instance: &str) -> bool {
    let (mut relations, mut types) = (HashMap::new(), HashMap::new());
    let under = |name: &ast::Name| (name.text.clone(), format!("{instance}.{}", name.text));
    for item in items.iter() {
        match item {
            ast::Item::Decl(decl) => relations.extend(decl.names.iter().map(under)),
            ast::Item::Type(decl) => types.extend([under(&decl.name)]),
            _ => {}
        }
    }
    if relations.values().chain(types.values()).any(|name| name.len() > MAX_NAME_BYTES) {
        return false;
    }
    let mut replaced = Replaced { relations: Some(&relations), types: Some(&types) };
    for item in items {
        walk::item(item, &mut replaced);
        if let ast::Item::Rule(rule) = item {
            let names = rule.annotations.iter_mut().filter(|annotation| annotation.key.text == "name");
            names.for_each(|annotation| annotation.value.insert_str(0, &format!("{instance}.")));
        }
    }
    true
}

/// What names are replaced by.
struct Replaced<'m> {
    relations: Option<&'m HashMap<String, String>>,
    types: Option<&'m HashMap<String, String>>,
}

impl walk::Names for Replaced<'_> {
    fn relation(&mut self, name: &mut ast::Name) {
        replace(name, self.relations);
    }

    fn ty(&mut self, name: &mut ast::Name) {
        replace(name, self.types);
    }
}

fn replace(name: &mut ast::Name, by: Option<&HashMap<String, String>>) {
    if let Some(other) = by.and_then(|by| by.get(&name.text)) {
        name.text.clone_from(other);
    }
}
