//! Random programs that are about time: most rules compare a clock, in every way that an agenda knows and in some that it does not.

use super::random::{Made, Rng};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What may stand in a body: name, and its columns: `x` a number, `d` a date, `m` an instant, `o` a date that may be absent.
const INPUTS: [(&str, &str); 4] = [("a", "xd"), ("b", "xod"), ("c", "x"), ("e", "xm")];

struct Maker<'r> {
    rng: &'r mut Rng,
    text: String,
    features: BTreeSet<&'static str>,
}

/// Two clocks, four inputs, a few relations one above the other.
pub fn program(rng: &mut Rng) -> Made {
    let mut maker = Maker { rng, text: String::new(), features: BTreeSet::new() };
    maker.text.push_str(
        ".decl now(day: date)\n.clock now\n.decl moment(at: datetime)\n.clock moment\n\
         .decl a(x: number, d: date)\n.input a\n.decl b(x: number, o: date?, d: date)\n.input b\n\
         .decl c(x: number)\n.input c\n.decl e(x: number, m: datetime)\n.input e\n",
    );
    for level in 0..2 + maker.rng.below(2) {
        writeln!(maker.text, ".decl p{level}(x: number, d: date)\n.output p{level}").unwrap();
        for _ in 0..1 + maker.rng.below(3) {
            maker.rule(level);
        }
    }
    Made { text: maker.text, features: maker.features, free_clocks: true }
}

/// Variables of a rule by kind.
#[derive(Default)]
struct Bound {
    numbers: Vec<String>,
    dates: Vec<String>,
    instants: Vec<String>,
    count: usize,
}

impl Bound {
    fn fresh(&mut self, kind: char) -> String {
        self.count += 1;
        let name = format!("{kind}{}", self.count);
        match kind {
            'x' => self.numbers.push(name.clone()),
            'm' => self.instants.push(name.clone()),
            _ => self.dates.push(name.clone()),
        }
        name
    }
}

impl Maker<'_> {
    fn rule(&mut self, level: usize) {
        let mut bound = Bound::default();
        let mut body = Vec::new();
        let recursive = self.rng.chance(12);
        if recursive {
            self.features.insert("recursion");
            body.push(self.atom(&format!("p{level}"), "xd", &mut bound));
        }
        for _ in 0..1 + self.rng.below(2) {
            let below = self.rng.below(INPUTS.len() + level);
            let (name, columns) = INPUTS
                .get(below)
                .map_or((format!("p{}", below.saturating_sub(4)), "xd"), |(name, columns)| (name.to_string(), columns));
            body.push(self.atom(&name, columns, &mut bound));
        }
        let head_of_clock = self.clock(&mut body, &mut bound);
        if self.rng.chance(20) {
            self.features.insert("negation");
            body.push(format!("!c({})", bound.numbers.first().map_or("1", |x| x)));
        }
        let x = if bound.numbers.is_empty() { "1".to_string() } else { self.rng.pick(&bound.numbers).clone() };
        let d = match head_of_clock {
            Some(clock) => clock,
            None if bound.dates.is_empty() => "date(\"2022-01-09\")".to_string(),
            None => self.rng.pick(&bound.dates).clone(),
        };
        writeln!(self.text, "p{level}({x}, {d}) :- {}.", body.join(", ")).unwrap();
    }

    fn atom(&mut self, name: &str, columns: &str, bound: &mut Bound) -> String {
        let arg = |kind: char, this: &mut Self, bound: &mut Bound| match kind {
            'x' if !bound.numbers.is_empty() && this.rng.chance(70) => this.rng.pick(&bound.numbers).clone(),
            'd' if !bound.dates.is_empty() && this.rng.chance(20) => this.rng.pick(&bound.dates).clone(),
            'o' if this.rng.chance(60) => format!("{} else date(\"2022-01-0{}\")", bound.fresh('d'), 7 + this.rng.below(3)),
            kind if this.rng.chance(90) => bound.fresh(kind),
            _ => "_".to_string(),
        };
        let args: Vec<String> = columns.chars().map(|kind| arg(kind, self, bound)).collect();
        format!("{name}({})", args.join(", "))
    }

    /// A clock and what is asked of it; sometimes the head wants it too.
    fn clock(&mut self, body: &mut Vec<String>, bound: &mut Bound) -> Option<String> {
        let place = self.rng.below(body.len() + 1);
        if self.rng.chance(6) {
            self.features.insert("a clock that only is");
            body.insert(place, "now(_)".to_string());
            return None;
        }
        let by_instant = !bound.instants.is_empty() && self.rng.chance(50);
        body.insert(place, if by_instant { "moment(t)" } else { "now(t)" }.to_string());
        if by_instant {
            self.features.insert("an instant");
            for _ in 0..1 + self.rng.below(2) {
                let (op, other) = (self.op(), self.rng.pick(&bound.instants).clone());
                body.push(if self.rng.chance(50) { format!("t {op} {other}") } else { format!("{other} {op} t") });
            }
            return None;
        }
        for _ in 0..1 + self.rng.below(3) {
            let literal = if self.rng.chance(12) {
                self.features.insert("disjunction");
                format!("({} ; {})", self.comparison(bound), self.comparison(bound))
            } else {
                self.comparison(bound)
            };
            body.push(literal);
        }
        match self.rng.below(25) {
            0 => {
                self.features.insert("a clock in the head");
                Some("t".to_string())
            }
            1 => {
                self.features.insert("a clock in an aggregate");
                body.push("1 <= count : { a(_, q), q < t }".to_string());
                None
            }
            2 => {
                self.features.insert("a clock in an atom");
                body.push("a(_, t)".to_string());
                None
            }
            3 => {
                self.features.insert("a clock in a functor");
                body.push("day(t) < 10".to_string());
                None
            }
            _ => None,
        }
    }

    fn op(&mut self) -> &'static str {
        self.rng.pick::<&str>(&["<", "<=", ">", ">=", "<", "<=", ">", ">=", "=", "!="])
    }

    /// The clock, perhaps moved.
    fn moved(&mut self, bound: &mut Bound, text: &mut String) -> String {
        match self.rng.below(9) {
            0 => {
                self.features.insert("a moved clock");
                format!("t + {}", self.days())
            }
            1 => {
                self.features.insert("a moved clock");
                format!("t - {}", self.days())
            }
            2 => {
                self.features.insert("a clock by another name");
                bound.count += 1;
                let name = format!("s{}", bound.count);
                write!(text, "{name} = {} + t - {}, ", self.days(), self.days()).unwrap();
                name
            }
            _ => "t".to_string(),
        }
    }

    fn days(&mut self) -> i64 {
        if self.rng.chance(4) { *self.rng.pick(&[2_913_892, 9_000_000, i64::MAX]) } else { self.rng.below(4) as i64 }
    }

    fn date(&mut self, bound: &Bound) -> String {
        if bound.dates.is_empty() || self.rng.chance(8) {
            return format!("date(\"2022-01-0{}\")", 7 + self.rng.below(3));
        }
        let date = self.rng.pick(&bound.dates).clone();
        match self.rng.below(8) {
            0 | 1 => format!("{date} + {}", self.days()),
            2 => format!("{date} - {}", self.days()),
            3 => format!("max({date}, {})", self.rng.pick(&bound.dates)),
            4 if !bound.numbers.is_empty() => format!("{date} + {}", self.rng.pick(&bound.numbers)),
            5 => format!("add_months({date}, 1) - 29"),
            _ => date,
        }
    }

    fn comparison(&mut self, bound: &mut Bound) -> String {
        let (op, mut before) = (self.op(), String::new());
        let (clock, date) = (self.moved(bound, &mut before), self.date(bound));
        self.features.insert(match op {
            "<" | "<=" => "an end",
            ">" | ">=" => "a beginning",
            "=" => "an equality",
            _ => "an inequality",
        });
        let days = self.days() - 2;
        match self.rng.below(8) {
            0 | 1 => format!("{before}{date} {op} {clock}"),
            2 => {
                self.features.insert("a distance");
                format!("{before}{clock} - ({date}) {op} {days}")
            }
            3 => {
                self.features.insert("a distance");
                format!("{before}{days} {op} {date} - ({clock})")
            }
            _ => format!("{before}{clock} {op} {date}"),
        }
    }
}
