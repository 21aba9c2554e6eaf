//! Macros in text replaced by what they stand for. A macro is not replaced within what it stands for itself.

use super::Places;
use super::macros::{Macro, Macros};
use super::pieces::{PieceKind, pieces};
use crate::limits::MAX_MACRO_BYTES;

/// A piece on its way: what it is, its text, and the macros that it came out of.
#[derive(Clone)]
struct Token {
    kind: PieceKind,
    text: String,
    out_of: Vec<String>,
}

/// Uses within what uses stand for, and within arguments, at most; what is deeper stays as it is.
const DEEP: usize = 64;

/// Appends `plain`, which stands at `start` in its file; `false` if more than `most` bytes would come out.
pub(super) fn expand(plain: &str, start: usize, macros: &Macros, most: usize, text: &mut String, places: &mut Places) -> bool {
    places.put(text.len(), start, None);
    let all: Vec<_> = pieces(plain).collect();
    let (mut i, mut at) = (0, start);
    while i < all.len() {
        let piece = all[i];
        let found = (piece.kind == PieceKind::Name).then(|| macros.get(piece.text)).flatten();
        let arguments = match &found {
            Some(found) if found.params.is_some() => call(all[i + 1..].iter().map(|piece| (piece.kind, piece.text))),
            _ => None,
        };
        let taken = match (&found, &arguments) {
            (Some(found), None) if found.params.is_none() => 1,
            (Some(_), Some((_, taken))) => 1 + taken,
            _ => {
                text.push_str(piece.text);
                (i, at) = (i + 1, at + piece.text.len());
                continue;
            }
        };
        let end = at + all[i..i + taken].iter().map(|piece| piece.text.len()).sum::<usize>();
        let own = |(kind, text): (PieceKind, &str)| Token { kind, text: text.to_string(), out_of: Vec::new() };
        let use_of = all[i..i + taken].iter().map(|piece| own((piece.kind, piece.text))).collect();
        let mut room = most.saturating_sub(text.len()).min(MAX_MACRO_BYTES);
        let Some(replaced) = rescan(use_of, macros, DEEP, &mut room) else { return false };
        places.put(text.len(), at, Some(end));
        replaced.iter().for_each(|token| text.push_str(&token.text));
        places.put(text.len(), end, None);
        (i, at) = (i + taken, end);
    }
    text.len() <= most
}

/// The arguments in the parentheses that come next, and how many pieces they are with all around them.
fn call<'t>(after: impl Iterator<Item = (PieceKind, &'t str)>) -> Option<(Vec<Vec<(PieceKind, &'t str)>>, usize)> {
    let (mut depth, mut arguments) = (0, vec![Vec::new()]);
    for (i, (kind, text)) in after.enumerate() {
        match text {
            _ if depth == 0 && kind == PieceKind::Blank => continue,
            "(" if depth == 0 => {
                depth = 1;
                continue;
            }
            _ if depth == 0 => return None,
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 1 => {
                arguments.push(Vec::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            return Some((arguments, i + 1));
        }
        arguments.last_mut()?.push((kind, text));
    }
    None
}

/// Replaces until nothing is left to be; `None` if it comes to too much.
fn rescan(tokens: Vec<Token>, macros: &Macros, deep: usize, room: &mut usize) -> Option<Vec<Token>> {
    let (mut out, mut rest) = (Vec::new(), tokens);
    rest.reverse();
    while let Some(token) = rest.pop() {
        let may_be = token.kind == PieceKind::Name && token.out_of.len() < DEEP && !token.out_of.contains(&token.text);
        let found = may_be.then(|| macros.get(&token.text)).flatten();
        let Some(found) = found.filter(|_| deep > 0) else {
            *room = room.checked_sub(token.text.len())?;
            out.push(token);
            continue;
        };
        let mut arguments = Vec::new();
        if found.params.is_some() {
            let Some((given, taken)) = call(rest.iter().rev().map(|token| (token.kind, token.text.as_str()))) else {
                out.push(token);
                continue;
            };
            let own =
                |(kind, text): &(PieceKind, &str)| Token { kind: *kind, text: (*text).to_string(), out_of: token.out_of.clone() };
            arguments = given.iter().map(|argument| argument.iter().map(own).collect()).collect();
            rest.truncate(rest.len() - taken);
        }
        let mut replaced = replacement(&found, &token, arguments, macros, deep, room)?;
        *room = room.checked_sub(replaced.len())?;
        replaced.reverse();
        rest.extend(replaced);
    }
    Some(out)
}

/// What one use stands for, before it is looked at again.
fn replacement(
    found: &Macro,
    used: &Token,
    arguments: Vec<Vec<Token>>,
    macros: &Macros,
    deep: usize,
    room: &mut usize,
) -> Option<Vec<Token>> {
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
        let mut next = match argument.map(|at| arguments.get(at).map_or(&[][..], |argument| trimmed(argument))) {
            Some(argument) if is(i.checked_sub(1), "#") => {
                let text: String = argument.iter().map(|token| token.text.as_str()).collect();
                let text = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
                vec![Token { kind: PieceKind::Text, text, out_of: Vec::new() }]
            }
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
    Some(out)
}

fn trimmed(argument: &[Token]) -> &[Token] {
    let is_blank = |token: &Token| token.kind == PieceKind::Blank;
    let start = argument.iter().position(|token| !is_blank(token)).unwrap_or(argument.len());
    let end = argument.iter().rposition(|token| !is_blank(token)).map_or(start, |at| at + 1);
    &argument[start..end]
}
