//! Random trees, and what is printed of them is read back as it was.

use super::{Dice, bare, lay_out, read};
use huiyan::syntax::ast::*;
use huiyan::syntax::{Diagnostic, FileId, Span, print_program};

const NO: Span = Span { file: FileId(0), start: 0, end: 0 };
const NAMES: &[&str] = &["a", "b", "x", "y", "?z", "_w", "date", "else", "record", "starts_with", "cat", "人员", "a1"];
const TEXTS: &[&str] = &["", "a", "处罚", "\"q\" \\ '", "\n\t\u{7}\u{8}\u{b}\u{c}\r", "// no /* comment */", "{x}"];

fn name(dice: &mut Dice) -> Name {
    Name { text: dice.pick(NAMES).to_string(), span: NO }
}

fn dotted(dice: &mut Dice) -> Name {
    let parts = dice.some(1, 2, |dice| dice.pick(NAMES).to_string());
    Name { text: parts.join("."), span: NO }
}

fn text(dice: &mut Dice) -> String {
    dice.pick(TEXTS).to_string()
}

fn type_ref(dice: &mut Dice) -> TypeRef {
    TypeRef { name: dotted(dice), optional: dice.below(2) == 0 }
}

fn number(dice: &mut Dice) -> NumberValue {
    match dice.below(4) {
        0 => NumberValue::Integer(dice.next()),
        1 => NumberValue::Integer(dice.next() % 10),
        2 => NumberValue::Unsigned(dice.next()),
        _ => NumberValue::Float((dice.next() % 1_000_000) as f64 * [1e-9, 0.25, 1e15, 1e300][dice.below(4)]),
    }
}

fn call(symbol: &str, args: Vec<Term>) -> Term {
    Term::Call(Call { name: Name { text: symbol.to_string(), span: NO }, args, span: NO })
}

fn term(dice: &mut Dice, depth: usize) -> Term {
    let kinds = if depth == 0 { 5 } else { 12 };
    match dice.below(kinds) {
        0 | 1 => Term::Var(name(dice)),
        2 => Term::Number(NumberText { value: number(dice), span: NO }),
        3 => Term::Text(text(dice), NO),
        4 => {
            if dice.below(2) == 0 {
                Term::Wild(NO)
            } else {
                Term::Nil(NO)
            }
        }
        5..=7 => {
            const BINARY: &[&str] =
                &["lor", "lxor", "land", "bor", "bxor", "band", "bshl", "bshr", "bshru", "+", "-", "*", "/", "%", "^", "^"];
            let args = vec![term(dice, depth - 1), term(dice, depth - 1)];
            let symbol = dice.pick(BINARY);
            call(symbol, args)
        }
        8 => {
            let args = vec![term(dice, depth - 1)];
            let symbol = dice.pick(&["-", "bnot", "lnot"]);
            call(symbol, args)
        }
        9 => {
            let (symbol, least) = [("cat", 0), ("date", 1), ("min", 2), ("max", 2)][dice.below(4)];
            let args = dice.some(least, 3, |dice| term(dice, depth - 1));
            call(symbol, args)
        }
        10 => match dice.below(4) {
            2 => Term::Record(dice.some(0, 3, |dice| term(dice, depth - 1)), NO),
            3 => {
                let args = dice.some(0, 3, |dice| term(dice, depth - 1));
                Term::Branch(Call { name: dotted(dice), args, span: NO })
            }
            0 => Term::As(Box::new(term(dice, depth - 1)), type_ref(dice), NO),
            _ => Term::Else(Box::new(term(dice, depth - 1)), Box::new(term(dice, depth - 1)), NO),
        },
        _ => aggregate(dice, depth - 1),
    }
}

fn aggregate(dice: &mut Dice, depth: usize) -> Term {
    use AggregateOp::*;
    let op = [Count, Sum, Min, Max, Mean][dice.below(5)];
    let target = (op != Count).then(|| term(dice, depth));
    // Without alternatives, which an aggregate does not have yet.
    let body = match dice.below(2) {
        0 => literal(dice, depth),
        _ => Body::And(dice.some(2, 3, |dice| literal(dice, depth))),
    };
    Term::Aggregate(Box::new(Aggregate { op, target, body, span: NO }))
}

fn atom(dice: &mut Dice, depth: usize, relation: Name) -> Atom {
    let args = match dice.below(3) {
        0 => Args::Named(dice.some(1, 3, |dice| (name(dice), term(dice, depth)))),
        _ => Args::Positional(dice.some(0, 3, |dice| term(dice, depth))),
    };
    Atom { relation, args, span: NO }
}

/// Not an atom named like a condition: which of the two it is depends on the declarations.
fn relation(dice: &mut Dice) -> Name {
    match dotted(dice) {
        name if name.text == "starts_with" => Name { text: "r".to_string(), span: NO },
        name => name,
    }
}

fn literal(dice: &mut Dice, depth: usize) -> Body {
    match dice.below(8) {
        0..=3 => {
            let relation = relation(dice);
            Body::Atom(atom(dice, depth, relation))
        }
        4 | 5 => {
            use CompareOp::*;
            let op = [Eq, Ne, Lt, Le, Gt, Ge][dice.below(6)];
            Body::Compare(Comparison { op, lhs: term(dice, depth), rhs: term(dice, depth), span: NO })
        }
        6 => {
            let name = Name { text: dice.pick(&["match", "contains", "ends_with"]).to_string(), span: NO };
            Body::Holds(Call { name, args: dice.some(2, 2, |dice| term(dice, depth)), span: NO })
        }
        _ => [Body::True(NO), Body::False(NO)][dice.below(2)].clone(),
    }
}

fn body(dice: &mut Dice, depth: usize) -> Body {
    if depth == 0 {
        return literal(dice, 2);
    }
    match dice.below(4) {
        0 => Body::And(dice.some(2, 3, |dice| body(dice, depth - 1))),
        1 => Body::Or(dice.some(2, 3, |dice| body(dice, depth - 1))),
        2 => Body::Not(Box::new(body(dice, depth - 1)), NO),
        _ => literal(dice, depth),
    }
}

fn item(dice: &mut Dice) -> Item {
    match dice.below(7) {
        0 => Item::Decl(Decl {
            names: dice.some(1, 2, relation_plain),
            columns: dice.some(0, 3, |dice| Column { name: name(dice), ty: type_ref(dice) }),
            qualifiers: [vec![], vec!["brie", "inline"]][dice.below(2)]
                .iter()
                .map(|word| Name { text: word.to_string(), span: NO })
                .collect(),
            choice: dice.some(0, 2, |dice| dice.some(1, 2, name)),
            span: NO,
        }),
        1 => {
            let union = TypeDef::Union(dice.some(2, 3, dotted));
            let fields = |dice: &mut Dice| dice.some(0, 3, |dice| Column { name: name(dice), ty: type_ref(dice) });
            let branches = dice.some(1, 3, |dice| Branch { name: name(dice), fields: fields(dice) });
            let (record, adt) = (TypeDef::Record(fields(dice)), TypeDef::Adt(branches));
            let def = [TypeDef::Subset(dotted(dice)), TypeDef::Alias(dotted(dice)), union, TypeDef::Bare, record, adt];
            Item::Type(TypeDecl { name: name(dice), def: def[dice.below(6)].clone(), span: NO })
        }
        2 => {
            use DirectiveKind::*;
            Item::Directive(Directive {
                kind: [Input, Output, PrintSize, LimitSize, Record, Clue, Clock][dice.below(7)],
                relations: dice.some(1, 2, dotted),
                params: dice.some(0, 2, |dice| Param { key: name(dice), value: text(dice), value_span: NO }),
                span: NO,
            })
        }
        _ => {
            let keys = [vec![], vec!["name"], vec!["basis", "other"]][dice.below(3)].clone();
            let subsumes = dice.below(6) == 0;
            let heads = if subsumes { 2..=2 } else { 1..=2 };
            Item::Rule(Rule {
                annotations: keys
                    .into_iter()
                    .map(|key| Annotation { key: Name { text: key.to_string(), span: NO }, value: text(dice), span: NO })
                    .collect(),
                heads: dice.some(*heads.start(), *heads.end(), |dice| {
                    let relation = relation(dice);
                    atom(dice, 2, relation)
                }),
                subsumes,
                body: (subsumes || dice.below(4) > 0).then(|| body(dice, 3)),
                span: NO,
            })
        }
    }
}

fn relation_plain(dice: &mut Dice) -> Name {
    Name { text: dice.pick(&["r", "s", "date", "人员"]).to_string(), span: NO }
}

#[test]
fn random_trees_are_read_back_as_they_were() {
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let program = Program { items: dice.some(1, 4, item) };
        let printed = print_program(&program);
        let (again, diagnostics) = read(&printed);
        let allowed = |d: &Diagnostic| matches!(d.code, "E0113" | "W0102");
        assert!(diagnostics.iter().all(allowed), "seed {seed}\n{printed}\n{diagnostics:?}");
        assert_eq!(bare(&program), bare(&again), "seed {seed}\n{printed}");
        assert_eq!(printed, print_program(&again), "seed {seed}");
    }
}

/// Other blanks, line breaks and comments between the words of a printed program.
fn scattered(dice: &mut Dice, printed: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for c in printed.chars() {
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        match c {
            ' ' if !quoted => out.push_str(dice.pick(&[" ", "  ", "\n", " /* a */ ", " // b\n", "// c\n", "\n\n\n\t"])),
            '(' | ',' | ')' if !quoted && dice.below(4) == 0 => out.extend([c, ' ']),
            c => out.push(c),
        }
    }
    out
}

#[test]
fn the_layout_changes_no_meaning() {
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let printed = print_program(&Program { items: dice.some(1, 4, item) });
        lay_out(&scattered(&mut dice, &printed));
    }
}
