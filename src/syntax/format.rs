//! Rule text in one layout: what stands on a line stays there, with one blank where the language wants one, and lines are indented by what
//! they are part of. Comments, preprocessor lines and texts stay as they are.
//!
//! Promises: the tokens and comments are the same and in the same order, and what is read of them is the same tree; formatting again changes
//! nothing; nothing is formatted that cannot be read.

use super::complaint::{self, Sink};
use super::diagnostic::{Diagnostic, has_errors};
use super::lexer::Lexer;
use super::operator;
use super::parser::parse;
use super::preprocessor::Places;
use super::print::print_program;
use super::source::{FileId, SourceFile, Sources, Span};
use super::token::{Token, TokenKind};

/// Blanks of a level of indentation.
const LEVEL: usize = 4;

/// The text of the first file in the one layout, or why it cannot be read. The others are what it includes; of those that are not there
/// nothing is said.
pub fn format(sources: &Sources) -> Result<String, Vec<Diagnostic>> {
    let text = &sources.file(FileId(0)).text;
    let meant = meaning(sources)?;
    let pieces = pieces(text)?;
    let out = laid_out(text, &pieces);
    let mut after = sources.clone();
    after.files[0] = SourceFile { text: out.as_str().into(), ..after.files[0].clone() };
    // Blanks decide what some tokens are, and what macros make of them.
    if meaning(&after).is_ok_and(|after| after == meant) && words(&out) == words(text) {
        return Ok(out);
    }
    Err(vec![complaint::no_layout(Span { file: FileId(0), start: 0, end: 0 })])
}

/// What is read of a program, as canonical text.
fn meaning(sources: &Sources) -> Result<String, Vec<Diagnostic>> {
    let (program, mut diagnostics) = parse(sources);
    diagnostics.retain(|diagnostic| diagnostic.code != complaint::NO_INCLUDE);
    if has_errors(&diagnostics) { Err(diagnostics) } else { Ok(print_program(&program)) }
}

fn words(text: &str) -> Option<Vec<String>> {
    Some(pieces(text).ok()?.iter().map(|piece| piece.words(text)).collect())
}

fn laid_out(text: &str, pieces: &[Piece]) -> String {
    let mut layout = Layout { text, pieces, out: String::with_capacity(text.len()), ..Layout::default() };
    (0..pieces.len()).for_each(|at| layout.put(at));
    let mut out = layout.out;
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// A token or a comment, and what stood before it.
#[derive(Clone, Copy)]
struct Piece {
    kind: PieceKind,
    start: usize,
    end: usize,
    /// Line breaks before it.
    breaks: usize,
    /// Blanks before it, on its line.
    blanks: usize,
    /// Does a token follow without a blank?
    touches: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum PieceKind {
    Token(TokenKind),
    Comment,
}

impl Piece {
    fn is(&self, kind: TokenKind) -> bool {
        self.kind == PieceKind::Token(kind)
    }

    /// What it says; a comment without the blanks at the ends of its lines.
    fn words(&self, text: &str) -> String {
        let own = &text[self.start..self.end];
        match self.kind {
            PieceKind::Token(TokenKind::Text) => own.to_string(),
            // A blank behind a `\` at the end of a line means something.
            PieceKind::Token(TokenKind::Preprocessor) => own.trim_end_matches('\r').lines().collect::<Vec<_>>().join("\n"),
            PieceKind::Token(_) | PieceKind::Comment => own.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"),
        }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, Vec<Diagnostic>> {
    let (mut sink, places) = (Sink::default(), Places::default());
    let mut lexer = Lexer::new(FileId(0), text, &places);
    let (mut pieces, mut at) = (Vec::<Piece>::new(), 0);
    loop {
        let Token { kind, start, end } = lexer.next(&mut sink);
        comments(text, at, start as usize, &mut pieces);
        if kind == TokenKind::End {
            break;
        }
        put(text, PieceKind::Token(kind), (start as usize, end as usize), &mut pieces);
        at = end as usize;
    }
    let complaints = sink.in_order();
    if complaints.is_empty() { Ok(pieces) } else { Err(complaints) }
}

/// The comments of a stretch without tokens.
fn comments(text: &str, mut at: usize, end: usize, pieces: &mut Vec<Piece>) {
    while let Some(found) = text[at..end].find('/') {
        let start = at + found;
        let rest = &text[start..end];
        let length = if rest.starts_with("//") { rest.find('\n') } else { rest[2.min(rest.len())..].find("*/").map(|n| n + 4) };
        at = start + length.unwrap_or(rest.len());
        put(text, PieceKind::Comment, (start, at), pieces);
    }
}

fn put(text: &str, kind: PieceKind, (start, end): (usize, usize), pieces: &mut Vec<Piece>) {
    let before = pieces.last().map_or(0, |piece| piece.end);
    let gap = &text[before..start];
    if let Some(last) = pieces.last_mut() {
        last.touches = gap.is_empty() && kind != PieceKind::Comment;
    }
    // A line comment, as the preprocessor's lines, ends before its break.
    let blanks = gap.rsplit('\n').next().map_or(0, |line| line.chars().count());
    pieces.push(Piece { kind, start, end, breaks: gap.matches('\n').count(), blanks, touches: false });
}

/// What a bracket belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    /// Arguments, or a record.
    List,
    /// Literals or terms that stand together. Is there a blank within it?
    Group(bool),
    Brace,
}

/// What is being written at the moment.
#[derive(Clone, Copy, PartialEq, Default)]
enum Item<'a> {
    #[default]
    None,
    Rule,
    Annotation,
    /// By its word.
    Directive(&'a str),
}

#[derive(Default)]
struct Layout<'a> {
    text: &'a str,
    pieces: &'a [Piece],
    out: String,
    item: Item<'a>,
    brackets: Vec<Bracket>,
    /// Is the body of the rule begun?
    in_body: bool,
    /// Components around what is written.
    components: usize,
    last: Option<Piece>,
    /// The last one that is no comment.
    last_token: Option<Piece>,
    /// Stood an operand before the last token?
    after_operand: bool,
}

impl<'a> Layout<'a> {
    fn put(&mut self, at: usize) {
        let piece = &self.pieces[at];
        let starts_line = self.last.is_none() || piece.breaks > 0;
        if starts_line {
            self.end_directive(at);
            let breaks = if self.last.is_none() { 0 } else { piece.breaks.min(2) };
            self.out.extend(std::iter::repeat_n('\n', breaks));
            self.out.extend(std::iter::repeat_n(' ', self.indentation(piece)));
        } else {
            let blanks = self.blanks(piece);
            self.out.extend(std::iter::repeat_n(' ', blanks));
        }
        let text = piece.words(self.text);
        self.out.push_str(&text);
        if let PieceKind::Token(kind) = piece.kind {
            let operand = self.is_operand();
            self.step(at, kind);
            self.after_operand = operand;
            self.last_token = Some(*piece);
        }
        self.last = Some(*piece);
    }

    fn own(&self, piece: &Piece) -> &'a str {
        &self.text[piece.start..piece.end]
    }

    /// The token at a place or, if there is a comment, the next one.
    fn token_from(&self, at: usize) -> Option<&'a Piece> {
        self.pieces[at.min(self.pieces.len())..].iter().find(|piece| piece.kind != PieceKind::Comment)
    }

    /// A directive ends with its line, unless it clearly goes on; and what is not finished ends where another begins.
    fn end_directive(&mut self, at: usize) {
        use TokenKind::*;
        if self.pieces[at].is(Directive) && self.brackets.is_empty() {
            (self.item, self.in_body) = (Item::None, false);
        }
        let Item::Directive(_) = self.item else { return };
        let goes_on = |piece: &Piece| [Pipe, Comma, Equal, Colon, Subtype].into_iter().any(|kind| piece.is(kind));
        let opens = |piece: &Piece| piece.is(LeftParen) || piece.is(LeftBracket) || piece.is(LeftBrace);
        let next_goes_on = self.token_from(at).is_some_and(|next| {
            let is_head = self.token_from(at + 1).is_some_and(|after| after.is(LeftParen));
            let is_qualifier = next.is(Name) && QUALIFIERS.contains(&self.own(next)) && !is_head;
            goes_on(next) || opens(next) || is_qualifier
        });
        let last_goes_on = self.last_token.is_some_and(|last| goes_on(&last));
        if self.brackets.is_empty() && !next_goes_on && !last_goes_on {
            (self.item, self.in_body) = (Item::None, false);
        }
    }

    fn indentation(&self, piece: &Piece) -> usize {
        use TokenKind::*;
        if piece.is(Preprocessor) {
            return 0;
        }
        let closes = piece.is(RightParen) || piece.is(RightBracket) || piece.is(RightBrace);
        let inside = self.brackets.len() + usize::from(self.in_body);
        let within = match self.item {
            _ if piece.is(RightBrace) && self.brackets.is_empty() => return LEVEL * self.components.saturating_sub(1),
            Item::None => 0,
            _ if closes => inside.saturating_sub(1),
            // What is said instead stands out.
            _ if piece.is(Semicolon) => inside.saturating_sub(1).max(1),
            _ => inside.max(1),
        };
        LEVEL * (self.components + within)
    }

    /// Blanks between the last piece and this one, which stand on one line.
    fn blanks(&self, piece: &Piece) -> usize {
        let Some(last) = &self.last else { return 0 };
        match (last.kind, piece.kind) {
            // Comments may stand in a column of their own.
            (_, PieceKind::Comment) if self.own(piece).starts_with("//") => piece.blanks.max(1),
            (PieceKind::Comment, _) | (_, PieceKind::Comment) => piece.blanks.min(1),
            (PieceKind::Token(_), PieceKind::Token(_)) if self.is_one_word(last, piece) => 0,
            (PieceKind::Token(left), PieceKind::Token(right)) => usize::from(self.parts(last, left, piece, right)),
        }
    }

    /// `choice-domain` is three tokens that touch, wherever it may stand.
    fn is_one_word(&self, last: &Piece, piece: &Piece) -> bool {
        let (left, right) = (self.own(last), self.own(piece));
        last.touches && matches!((left, right), ("choice", "-") | ("-", "domain"))
    }

    /// Does a blank part two tokens of a line?
    fn parts(&self, last: &Piece, left: TokenKind, piece: &Piece, right: TokenKind) -> bool {
        use TokenKind::*;
        let as_it_was = !last.touches;
        match (left, right) {
            (_, Comma) => false,
            // `a.b` is one name.
            (_, Dot) => as_it_was && left == Name && piece.touches,
            (Dot, _) => as_it_was,
            // `R(column:-1)`
            (Name, If) | (If, _) if !self.brackets.is_empty() => as_it_was,
            (LeftParen, _) | (_, RightParen) if matches!(self.brackets.last(), Some(Bracket::Group(_))) => {
                self.brackets.last() == Some(&Bracket::Group(true))
            }
            (LeftParen | LeftBracket | Bang | At, _) => false,
            (Dollar, Name) => as_it_was,
            (_, RightParen | RightBracket) => false,
            (LeftBrace, _) | (_, RightBrace) => as_it_was && (left, right) != (LeftBrace, RightBrace),
            (_, Colon) => match self.item {
                Item::Directive(_) => self.item == Item::Directive("comp"),
                _ => as_it_was,
            },
            (Less, _) | (_, Less | Greater) | (Greater, _) if self.has_type_arguments() => as_it_was && left == Greater,
            (Colon, _) => self.item != Item::Directive("plan") || as_it_was,
            (Equal, _) | (_, Equal) if self.sets_parameters() => false,
            (Minus, _) if !self.after_operand => false,
            (Minus, _) | (_, Minus) if self.item != Item::Rule => as_it_was,
            (_, LeftParen | LeftBracket) if matches!(left, Name | Number) => as_it_was,
            _ => true,
        }
    }

    /// Of a component or of what makes one.
    fn has_type_arguments(&self) -> bool {
        matches!(self.item, Item::Directive("comp" | "init"))
    }

    /// `title="…"`: parameters of directives, which are no comparisons.
    fn sets_parameters(&self) -> bool {
        matches!(self.item, Item::Directive(word) if word != "type" && word != "init") && !self.brackets.is_empty()
    }

    /// Is the last token the end of an operand, so that a minus takes away?
    fn is_operand(&self) -> bool {
        use TokenKind::*;
        let Some(last @ Piece { kind: PieceKind::Token(kind), .. }) = self.last_token else { return false };
        match kind {
            Name => !operator::is_operator(self.own(&last)),
            kind => matches!(kind, Number | Text | RightParen | RightBracket | RightBrace),
        }
    }

    /// What comes after this token is part of.
    fn step(&mut self, at: usize, kind: TokenKind) {
        use TokenKind::*;
        let piece = &self.pieces[at];
        if kind == Preprocessor {
            return;
        }
        self.begin_item(piece, kind);
        match kind {
            LeftBrace if self.item == Item::Directive("comp") => {
                self.components += 1;
                self.item = Item::None;
            }
            RightBrace if self.brackets.is_empty() => {
                self.components = self.components.saturating_sub(1);
                (self.item, self.in_body) = (Item::None, false);
            }
            LeftParen => {
                let of_name = self.last_token.is_some_and(|last| last.is(Name)) && self.is_operand();
                self.brackets.push(if of_name { Bracket::List } else { Bracket::Group(!piece.touches) });
            }
            LeftBracket => self.brackets.push(Bracket::List),
            LeftBrace => self.brackets.push(Bracket::Brace),
            RightParen | RightBracket | RightBrace => {
                self.brackets.pop();
                if self.item == Item::Annotation && self.brackets.is_empty() {
                    self.item = Item::None;
                }
            }
            If if self.brackets.is_empty() => self.in_body = true,
            Dot if self.item == Item::Rule && self.brackets.is_empty() && !self.qualifies(at) => {
                (self.item, self.in_body) = (Item::None, false);
            }
            _ => {}
        }
    }

    fn begin_item(&mut self, piece: &Piece, kind: TokenKind) {
        use TokenKind::*;
        match kind {
            Directive if self.brackets.is_empty() => {
                (self.item, self.in_body) = (Item::Directive(&self.own(piece)[1..]), false);
            }
            _ if self.item != Item::None => {}
            RightBrace => {}
            At => self.item = Item::Annotation,
            _ => self.item = Item::Rule,
        }
    }

    /// The dot of a name such as `a.b`.
    fn qualifies(&self, at: usize) -> bool {
        let dot = &self.pieces[at];
        let touches_both = dot.touches && dot.blanks == 0 && dot.breaks == 0;
        let is_name = |piece: Option<&Piece>| piece.is_some_and(|piece| piece.is(TokenKind::Name));
        touches_both && is_name(self.last.as_ref()) && is_name(self.pieces.get(at + 1))
    }
}

/// Words that may stand on a line of their own behind a declaration.
const QUALIFIERS: &[&str] = &[
    "brie",
    "btree",
    "btree_delete",
    "choice",
    "eqrel",
    "inline",
    "input",
    "magic",
    "no_inline",
    "no_magic",
    "output",
    "overridable",
    "override",
    "printsize",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// In the one layout.
    fn shown(text: &str) -> String {
        let once = laid_out(text, &pieces(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}")));
        assert_eq!(words(&once), words(text), "{text}");
        assert_eq!(laid_out(&once, &pieces(&once).unwrap_or_default()), once, "again");
        once
    }

    #[test]
    fn lines_stay_and_blanks_are_as_the_language_wants_them() {
        for (written, expected) in [
            ("a( x ,y ):-b(x),!c( y ),x<y .", "a(x, y) :- b(x), !c(y), x < y."),
            ("a(x):-\nb(x,\ny),\n  c(y).", "a(x) :-\n    b(x,\n        y),\n    c(y)."),
            (".decl a(x :number,y: symbol)brie\n.input a( IO = file )", ".decl a(x: number, y: symbol) brie\n.input a(IO=file)"),
            (".decl a(\nx:number\n)\na(1).a(2). a(3).", ".decl a(\n    x: number\n)\na(1).a(2). a(3)."),
            ("a(- 1+2-x* -y^2).", "a(-1 + 2 - x * -y ^ 2)."),
            ("n(c):-c=count:{ b(_) },c>0.", "n(c) :- c = count: { b(_) }, c > 0."),
            ("a(x) :-\n(b(x)\n;c(x)),\nd(x);\ne(x).", "a(x) :-\n    (b(x)\n    ; c(x)),\n    d(x) ;\n    e(x)."),
            ("a(x) :- ( b(x);c(x) ), (d(x) ;e(x)).", "a(x) :- ( b(x) ; c(x) ), (d(x) ; e(x))."),
            (".type T=A{}|B {x:number}\n.type L = [a:T,b:L]", ".type T = A {} | B {x: number}\n.type L = [a: T, b: L]"),
            (".type T =\n  A {}\n  | B {}\n// next\na($A(),$).", ".type T =\n    A {}\n    | B {}\n// next\na($A(), $)."),
            (
                ".comp C<T>:B<T>,D {\n.decl r(x:T)\nr(x):-\nq(x).\n}\n.init c=C<number>",
                ".comp C<T> : B<T>, D {\n    .decl r(x: T)\n    r(x) :-\n        q(x).\n}\n.init c = C<number>",
            ),
            ("a(x) :- c.r(x) , b(x).\n\n\n\nb(1).  // one\n  // two", "a(x) :- c.r(x), b(x).\n\nb(1).  // one\n// two"),
            ("@[name=\"n\"]\na(x) :- b(x).\n.plan 0:(1,2) , 1:(2,1)", "@[name = \"n\"]\na(x) :- b(x).\n.plan 0:(1, 2), 1:(2, 1)"),
            ("a(x) :- r(no:-1, x:x), true .c(2).", "a(x) :- r(no:-1, x: x), true .c(2)."),
            (".comp C { .decl r(x:number) }\nr(1).", ".comp C { .decl r(x: number) }\nr(1)."),
            (".comp C {\na(x) :- b(x).}\nr(1).", ".comp C {\n    a(x) :- b(x).}\nr(1)."),
            (
                ".type T =  // why\nA {}\n// second\n|B {}\n.decl d(x:T)",
                ".type T =  // why\n    A {}\n    // second\n    | B {}\n.decl d(x: T)",
            ),
            ("REL(a)\nREL(b)\n.decl c(x:number)", "REL(a)\n    REL(b)\n.decl c(x: number)"),
            (".decl output(x:number)\noutput(x):-\nb(x).", ".decl output(x: number)\noutput(x) :-\n    b(x)."),
            ("a(x):-b(x),x<y.// why\nb(1).", "a(x) :- b(x), x < y. // why\nb(1)."),
            ("n($+1, $A( ) ).", "n($ + 1, $A())."),
            ("a(x):-(// c\nb(x)),d(x).", "a(x) :- ( // c\n        b(x) ), d(x)."),
            ("#define A 1\r\na( A ).\r\n", "#define A 1\na(A)."),
            ("\u{feff}#define A 1\na( A ).", "#define A 1\na(A)."),
            ("r(a,b) choice-domain a, x-y", "r(a, b) choice-domain a, x - y"),
            (".decl r(a:number)choice-domain a", ".decl r(a: number) choice-domain a"),
            ("#define M(x)   a(x)  \\\n  , b\nM( 1 ).", "#define M(x)   a(x)  \\\n  , b\nM(1)."),
            ("a(\"x  \n  y\").", "a(\"x  \n  y\")."),
            ("a(x) :- /* why  \n   so */ b(x).\n", "a(x) :- /* why\n   so */ b(x)."),
            ("", ""),
        ] {
            assert_eq!(shown(written).trim_end_matches('\n'), expected, "{written}");
        }
    }

    #[test]
    fn what_has_another_meaning_in_the_one_layout_is_told() {
        let of = |text: &str| format(&Sources::single("a.dl", text)).map_err(|told| told[0].code);
        assert_eq!(of("#define T(x) #x\na( T(b+c) ).").err(), Some("E0140"));
        assert!(of("/* a").is_err() && of("a(1). 'b'").is_err());
        assert_eq!(of(".include \"nowhere.dl\"\na( 1 ).").as_deref(), Ok(".include \"nowhere.dl\"\na(1).\n"));
        let files = [("a.dl", "#include \"m.dl\"\nM( 1 )\n"), ("m.dl", "#define M(x) a(x).\n")];
        let files = files.map(|(name, text)| SourceFile { name: name.to_string(), text: text.into() }).to_vec();
        assert_eq!(format(&Sources { files, ..Sources::default() }).ok().as_deref(), Some("#include \"m.dl\"\nM(1)\n"));
    }
}
