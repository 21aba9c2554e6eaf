//! Server-sent events as text: what a reader of a stream is told, written out once and shared by all who hear the same.

use super::app::App;
use super::filter::Filter;
use super::pieces::{Piece, Pieces};
use super::show;
use crate::clues::{Cause, EpochChanges};
use crate::limits::TOGETHER_BYTES;
use crate::types::Epoch;
use axum::body::Bytes;
use serde_json::{Value as Json, json};

/// What a reader sees of one epoch, made as it is asked for.
pub fn see<'a>(app: &'a App, filter: &'a Filter, changes: &'a EpochChanges) -> impl Iterator<Item = Json> + Send + 'a {
    let names = app.engine.read().clues.names().clone();
    let clues = changes.clues.iter().filter_map(|delta| filter.change(delta)).map(|seen| show::clue_change(app, &seen));
    let before = changes.before.as_ref().unwrap_or(&changes.program);
    // First what went with the rules before: what comes in its place may look the same.
    let gone = changes.gone.iter().map(|(id, change)| (before.relation(*id), change));
    let rows = gone.chain(changes.rows.iter().map(|(id, change)| (changes.program.relation(*id), change)));
    let rows = rows.filter(|(relation, _)| filter.sees_rows_of(&relation.name));
    clues.chain(rows.map(move |(relation, change)| show::row_change(relation, &change.row, change.diff, &names)))
}

/// Is an epoch told of even if nothing of it is seen?
pub fn is_told(changes: &EpochChanges) -> bool {
    matches!(changes.cause, Cause::Rules { .. })
}

/// An epoch as events, made as they are asked for; none if the filter sees nothing of it. In pieces if it is large; the id stands on the
/// last, so that nobody resumes inside an epoch.
pub fn epoch<'a>(app: &'a App, filter: &'a Filter, changes: &'a EpochChanges) -> impl Iterator<Item = Bytes> + Send + 'a {
    let position = app.position(changes.epoch);
    let rules = match &changes.cause {
        Cause::Rules { pack, version, hash } => {
            let mut told = json!({"position": position, "pack": pack, "version": version});
            if !hash.is_empty() {
                told["hash"] = hash.as_str().into();
            }
            Some(event("rules-changed", &told.to_string(), None))
        }
        Cause::Batch { .. } | Cause::Clock { .. } | Cause::Verdict { .. } => None,
    };
    let head = show::epoch_head(app, changes);
    let mut pieces = Pieces::of(see(app, filter, changes)).peekable();
    let nothing = pieces.peek().is_none() && is_told(changes);
    let pieces = pieces.chain(nothing.then(|| Piece { changes: String::new(), more: false }));
    let told = pieces.map(move |piece| change(&head, &piece, Some(&position).filter(|_| !piece.more)));
    rules.into_iter().chain(told)
}

/// A piece of a snapshot. All of them are parts of one whole, which the end of the snapshot ends: none says whether it is the last.
pub fn snapshot_piece(head: &Json, piece: Piece) -> Bytes {
    change(head, &Piece { more: false, ..piece }, None)
}

/// Nothing at or before this epoch is still to come.
pub fn complete(app: &App, at: Epoch) -> Bytes {
    mark(app, "complete", at, true)
}

/// An event that is a position. A suspended program is said to be so: what is shown stands still while records go on.
pub fn mark(app: &App, name: &str, at: Epoch, id: bool) -> Bytes {
    let position = app.position(at);
    let stale = app.engine.read().stale;
    let data = if stale { json!({"position": position, "stale": true}) } else { json!({"position": position}) };
    event(name, &data.to_string(), id.then_some(position.as_str()))
}

fn change(head: &Json, piece: &Piece, id: Option<&String>) -> Bytes {
    event("change", &show::piece(head, piece), id.map(String::as_str))
}

/// `data` and `id` are of one line.
pub fn event(name: &str, data: &str, id: Option<&str>) -> Bytes {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("event: {name}\ndata: {data}\n{id}\n"))
}

/// The same texts in as few parts as small ones fit into; large ones stay as they are, shared with whoever else is told them.
pub fn together(texts: impl IntoIterator<Item = Bytes>) -> Vec<Bytes> {
    let mut parts: Vec<Vec<Bytes>> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        bytes += text.len();
        match parts.last_mut() {
            Some(part) if bytes <= TOGETHER_BYTES => part.push(text),
            Some(_) | None => {
                bytes = text.len();
                parts.push(vec![text]);
            }
        }
    }
    let joined = |mut part: Vec<Bytes>| if part.len() == 1 { part.remove(0) } else { Bytes::from(part.concat()) };
    parts.into_iter().map(joined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_texts_go_together_and_large_ones_as_they_are() {
        let text = |n: usize| Bytes::from(vec![b'x'; n]);
        let lengths = |texts: &[usize]| together(texts.iter().map(|n| text(*n))).iter().map(Bytes::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), Vec::<usize>::new());
        assert_eq!(lengths(&[3, 4]), [7]);
        assert_eq!(lengths(&[TOGETHER_BYTES - 1, 1, 1]), [TOGETHER_BYTES, 1]);
        assert_eq!(lengths(&[1, 2 * TOGETHER_BYTES, 1]), [1, 2 * TOGETHER_BYTES, 1]);
        let large = text(TOGETHER_BYTES);
        assert_eq!(together([large.clone()])[0].as_ptr(), large.as_ptr(), "it is not copied");
    }

    #[test]
    fn an_event_is_lines_and_an_empty_one() {
        assert_eq!(event("complete", "{}", Some("p")), "event: complete\ndata: {}\nid: p\n\n");
        assert_eq!(event("reset", "{}", Some("")), "event: reset\ndata: {}\nid: \n\n");
        assert_eq!(event("change", "{}", None), "event: change\ndata: {}\n\n");
    }
}
