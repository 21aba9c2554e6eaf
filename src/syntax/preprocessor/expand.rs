//! Macros in text replaced by what they stand for. A macro is not replaced within what it stands for itself.
//!
//! Promises: all uses of a program together look at and put out a bounded number of pieces ([`Macros::work`]).

use super::Places;
use super::macros::{Macro, Macros, quoted};
use super::pieces::{Piece, PieceKind, pieces};
use crate::limits::MAX_MACRO_BYTES;
use std::rc::Rc;

/// A piece on its way: what it is, its text, and the macros that it came out of.
#[derive(Clone)]
struct Token {
    kind: PieceKind,
    text: String,
    out_of: Vec<String>,
}

/// What is wrong with a use of a macro.
pub(super) enum Wrong {
    /// It comes to too much, or all uses do.
    TooMuch,
    Arguments {
        wanted: usize,
        given: usize,
    },
}

/// A use that is wrong: which macro, and where it begins and ends.
pub(super) struct Misused {
    pub name: String,
    pub start: usize,
    pub end: usize,
    pub wrong: Wrong,
}

/// Uses within what uses stand for, and within arguments, at most; what is deeper stays as it is.
const DEEP: usize = 64;

type Arguments<'t> = Vec<Vec<(PieceKind, &'t str)>>;

/// Appends `plain`, which stands at `start` in its file, on `first_line`, and gives back the uses that are wrong, for which nothing stands. The last one that
/// comes to too much is the end of it.
pub(super) fn expand(
    plain: &str,
    (start, first_line): (usize, usize),
    macros: &Macros,
    text: &mut String,
    places: &mut Places,
) -> Vec<Misused> {
    let mut wrongs = Vec::new();
    places.put(text.len(), start, None);
    let all: Vec<_> = pieces(plain).collect();
    let (mut i, mut at, mut line) = (0, start, first_line);
    while let Some(piece) = all.get(i) {
        macros.at_line(line);
        let misused = |end, wrong| Misused { name: piece.text.to_string(), start: at, end, wrong };
        let taken = match used(&all[i..], macros) {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                text.push_str(piece.text);
                (i, at, line) = (i + 1, at + piece.text.len(), line + breaks(piece));
                continue;
            }
            Err(wrong) => {
                wrongs.push(misused(at + piece.text.len(), wrong));
                return wrongs;
            }
        };
        let own = |piece: &Piece<'_>| Token { kind: piece.kind, text: piece.text.to_string(), out_of: Vec::new() };
        let used = all[i..i + taken].iter().map(own).collect();
        let end = at + all[i..i + taken].iter().map(|piece| piece.text.len()).sum::<usize>();
        let mut room = MAX_MACRO_BYTES;
        let replaced = match rescan(used, macros, DEEP, &mut room) {
            Ok(replaced) => replaced,
            Err(wrong) => {
                let is_end = matches!(wrong, Wrong::TooMuch);
                wrongs.push(misused(end, wrong));
                if is_end {
                    return wrongs;
                }
                Vec::new()
            }
        };
        places.put(text.len(), at, Some(end));
        replaced.iter().for_each(|token| text.push_str(&token.text));
        places.put(text.len(), end, None);
        line += all[i..i + taken].iter().map(breaks).sum::<usize>();
        (i, at) = (i + taken, end);
    }
    wrongs
}

/// Lines that end within a piece.
fn breaks(piece: &Piece<'_>) -> usize {
    match piece.kind {
        PieceKind::Blank | PieceKind::Text => piece.text.matches('\n').count(),
        PieceKind::Name | PieceKind::Number | PieceKind::Other => 0,
    }
}

/// How many pieces the use that begins here takes, if it is one.
fn used(all: &[Piece<'_>], macros: &Macros) -> Result<Option<usize>, Wrong> {
    let Some(found) = all.first().filter(|piece| piece.kind == PieceKind::Name).and_then(|piece| macros.get(piece.text)) else {
        return Ok(None);
    };
    if found.params.is_none() {
        return Ok(Some(1));
    }
    let call = call(all[1..].iter().map(|piece| (piece.kind, piece.text)), macros)?;
    Ok(call.map(|(_, taken)| 1 + taken))
}

/// The arguments in the parentheses that come next, and how many pieces they are with all around them.
fn call<'t>(after: impl Iterator<Item = (PieceKind, &'t str)>, macros: &Macros) -> Result<Option<(Arguments<'t>, usize)>, Wrong> {
    let (mut depth, mut arguments) = (0, vec![Vec::new()]);
    for (i, (kind, text)) in after.enumerate() {
        macros.work(1).ok_or(Wrong::TooMuch)?;
        match text {
            _ if depth == 0 && kind == PieceKind::Blank => continue,
            "(" if depth == 0 => {
                depth = 1;
                continue;
            }
            _ if depth == 0 => return Ok(None),
            "(" => depth += 1,
            ")" => depth -= 1,
            "," if depth == 1 => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            return Ok(Some((arguments, i + 1)));
        }
        if let Some(last) = arguments.last_mut() {
            last.push((kind, text));
        }
    }
    Ok(None)
}

/// Replaces until nothing is left to be.
fn rescan(tokens: Vec<Token>, macros: &Macros, deep: usize, room: &mut usize) -> Result<Vec<Token>, Wrong> {
    let (mut out, mut rest) = (Vec::new(), tokens);
    rest.reverse();
    while let Some(token) = rest.pop() {
        macros.work(1).ok_or(Wrong::TooMuch)?;
        let may_be = token.kind == PieceKind::Name && token.out_of.len() < DEEP && !token.out_of.contains(&token.text);
        let found = may_be.then(|| macros.get(&token.text)).flatten();
        let Some(found) = found.filter(|_| deep > 0) else {
            *room = room.checked_sub(token.text.len()).ok_or(Wrong::TooMuch)?;
            out.push(token);
            continue;
        };
        let Some(arguments) = arguments(&found, &token, &mut rest, macros)? else {
            out.push(token);
            continue;
        };
        let mut replaced = replacement(&found, &token, &arguments, macros, deep, room)?;
        macros.work(replaced.len()).ok_or(Wrong::TooMuch)?;
        replaced.reverse();
        rest.extend(replaced);
    }
    Ok(out)
}

/// Takes the arguments of a use from what comes next; `None` if it is no use after all.
fn arguments(found: &Rc<Macro>, used: &Token, rest: &mut Vec<Token>, macros: &Macros) -> Result<Option<Vec<Vec<Token>>>, Wrong> {
    let Some(params) = &found.params else { return Ok(Some(Vec::new())) };
    let next = rest.iter().rev().map(|token| (token.kind, token.text.as_str()));
    let Some((given, taken)) = call(next, macros)? else { return Ok(None) };
    let own = |(kind, text): &(PieceKind, &str)| Token { kind: *kind, text: (*text).to_string(), out_of: used.out_of.clone() };
    let mut arguments: Vec<Vec<Token>> = given.iter().map(|argument| argument.iter().map(own).collect()).collect();
    if found.takes_rest {
        with_rest_as_one(&mut arguments, params.len());
    }
    rest.truncate(rest.len() - taken);
    let is_none = params.is_empty() && arguments.len() == 1 && trimmed(&arguments[0]).is_empty();
    if arguments.len() != params.len() && !is_none {
        return Err(Wrong::Arguments { wanted: params.len(), given: arguments.len() });
    }
    Ok(Some(arguments))
}

/// The last of `params` arguments is all that are left, with their commas; none of them is an empty one.
fn with_rest_as_one(arguments: &mut Vec<Vec<Token>>, params: usize) {
    let comma = || Token { kind: PieceKind::Other, text: ",".to_string(), out_of: Vec::new() };
    let rest = arguments.split_off(arguments.len().min(params - 1));
    if arguments.len() + 1 == params {
        let parts = rest.into_iter().enumerate();
        arguments.push(parts.flat_map(|(i, part)| (i > 0).then(comma).into_iter().chain(part)).collect());
    }
}

/// What one use stands for, before it is looked at again.
fn replacement(
    found: &Macro,
    used: &Token,
    arguments: &[Vec<Token>],
    macros: &Macros,
    deep: usize,
    room: &mut usize,
) -> Result<Vec<Token>, Wrong> {
    let mut out_of = used.out_of.clone();
    out_of.push(used.text.clone());
    let params = found.params.as_deref().unwrap_or_default();
    let mut out: Vec<Token> = Vec::new();
    for (i, (kind, text)) in found.body.iter().enumerate() {
        let is = |at: Option<usize>, what: &str| at.and_then(|at| found.body.get(at)).is_some_and(|(_, text)| text == what);
        let pasted = is(i.checked_sub(1), "##") || is(Some(i + 1), "##");
        if text == "##" || (text == "#" && !params.is_empty()) {
            continue;
        }
        let argument = params.iter().position(|param| param == text).filter(|_| *kind == PieceKind::Name);
        let mut next = match argument.and_then(|at| arguments.get(at)).map(|argument| trimmed(argument)) {
            Some(argument) if is(i.checked_sub(1), "#") => vec![as_text(argument)],
            Some(argument) if pasted => argument.to_vec(),
            Some(argument) => rescan(argument.to_vec(), macros, deep - 1, room)?,
            None => vec![Token { kind: *kind, text: text.clone(), out_of: out_of.clone() }],
        };
        if is(i.checked_sub(1), "##")
            && let (Some(last), false) = (out.last_mut(), next.is_empty())
        {
            last.text.push_str(&next.remove(0).text);
        }
        out.extend(next);
    }
    Ok(out)
}

/// What `#` makes of an argument: blanks and comments between two words are one blank.
fn as_text(argument: &[Token]) -> Token {
    let mut text = String::new();
    for (i, token) in argument.iter().enumerate() {
        match token.kind {
            PieceKind::Blank if i > 0 && argument[i - 1].kind == PieceKind::Blank => {}
            PieceKind::Blank => text.push(' '),
            _ => text.push_str(&token.text),
        }
    }
    Token { kind: PieceKind::Text, text: quoted(&text), out_of: Vec::new() }
}

fn trimmed(argument: &[Token]) -> &[Token] {
    let is_blank = |token: &Token| token.kind == PieceKind::Blank;
    let start = argument.iter().position(|token| !is_blank(token)).unwrap_or(argument.len());
    let end = argument.iter().rposition(|token| !is_blank(token)).map_or(start, |at| at + 1);
    &argument[start..end]
}
