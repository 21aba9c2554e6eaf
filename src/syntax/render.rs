//! Diagnostics as a terminal shows them: message, place, source line, caret, remedy; then a count. Carets stand right under wide
//! characters too.
//!
//! Of each file only the lines that are spoken of go to the renderer, and of a very long line only the part around the place.

use super::diagnostic::{Diagnostic, Severity};
use super::source::{FileId, Sources, Span};
use crate::limits::{MAX_SHOWN_LINE_BYTES, MAX_SHOWN_TOGETHER_BYTES};
use crate::types::{Lang, Said};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// All of them, in the order given, and how many they are.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let renderer = Renderer::plain();
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&[report(diagnostic, sources, lang)]));
        out.push_str("\n\n");
    }
    out.push_str(&count(diagnostics, lang));
    out
}

fn report<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources, lang: Lang) -> Group<'a> {
    let level = match (diagnostic.severity, lang) {
        (Severity::Error, Lang::En) => Level::ERROR,
        (Severity::Error, Lang::Zh) => Level::ERROR.with_name("错误"),
        (Severity::Warning, Lang::En) => Level::WARNING,
        (Severity::Warning, Lang::Zh) => Level::WARNING.with_name("警告"),
    };
    let title = level.primary_title(diagnostic.message.get(lang)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for shown in snippets(diagnostic, sources) {
        group = with_snippet(group, shown, sources, lang);
    }
    if let Some(help) = &diagnostic.help {
        let level = match lang {
            Lang::En => Level::HELP,
            Lang::Zh => Level::HELP.with_name("帮助"),
        };
        group = group.element(level.message(help.get(lang)));
    }
    group
}

/// Places of one file that are shown in one piece of it.
struct Shown<'a> {
    file: FileId,
    /// The lines that are shown, or the part of one.
    window: Range<usize>,
    places: Vec<(AnnotationKind, Range<usize>, &'a Said)>,
}

/// Places that lie near each other share their piece of the file; others get one each, in the order given.
fn snippets<'a>(diagnostic: &'a Diagnostic, sources: &Sources) -> Vec<Shown<'a>> {
    let (span, said) = &diagnostic.primary;
    let primary = [(AnnotationKind::Primary, span, said)];
    let others = diagnostic.secondary.iter().map(|(span, said)| (AnnotationKind::Context, span, said));
    let mut all: Vec<Shown<'a>> = Vec::new();
    for (kind, span, said) in primary.into_iter().chain(others) {
        let Some(file) = sources.files.get(span.file.0 as usize) else { continue };
        let (window, place) = window(&file.text, *span);
        let near = all.iter_mut().find(|shown| {
            let together = shown.window.start.min(window.start)..shown.window.end.max(window.end);
            shown.file == span.file && together.len() <= MAX_SHOWN_TOGETHER_BYTES
        });
        match near {
            Some(shown) => {
                shown.window = shown.window.start.min(window.start)..shown.window.end.max(window.end);
                shown.places.push((kind, place, said));
            }
            None => all.push(Shown { file: span.file, window, places: vec![(kind, place, said)] }),
        }
    }
    all
}

fn with_snippet<'a>(group: Group<'a>, shown: Shown<'a>, sources: &'a Sources, lang: Lang) -> Group<'a> {
    let file = sources.file(shown.file);
    if file.text.is_empty() {
        return group.element(Origin::path(file.name.as_str()));
    }
    let line = file.text[..shown.window.start].matches('\n').count() + 1;
    let from = shown.window.start;
    let mut snippet = Snippet::source(&file.text[shown.window]).line_start(line).path(file.name.as_str());
    for (kind, place, said) in shown.places {
        let mut annotation = kind.span(place.start - from..place.end - from);
        let label = said.get(lang);
        if !label.is_empty() {
            annotation = annotation.label(label);
        }
        snippet = snippet.annotation(annotation);
    }
    group.element(snippet)
}

/// The line that a span begins in (no more of it than can be shown), and as much of the span as lies in it.
fn window(text: &str, span: Span) -> (Range<usize>, Range<usize>) {
    let start = boundary(text, (span.start as usize).min(text.len()));
    let end = boundary(text, (span.end as usize).clamp(start, text.len()));
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let from = boundary(text, line_start.max(start.saturating_sub(MAX_SHOWN_LINE_BYTES)));
    let to = boundary(text, line_end.min(start + MAX_SHOWN_LINE_BYTES)).max(start);
    (from..to, start..end.min(to))
}

/// The beginning of the character that a byte belongs to.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn count(diagnostics: &[Diagnostic], lang: Lang) -> String {
    let of = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let parts: Vec<String> = [(errors, "error", "处错误"), (warnings, "warning", "处警告")]
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, en, zh)| match lang {
            Lang::En => plural(n, en),
            Lang::Zh => format!("{n} {zh}"),
        })
        .collect();
    match lang {
        _ if parts.is_empty() => String::new(),
        Lang::En => parts.join(", ") + "\n",
        Lang::Zh => parts.join("，") + "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::FileId;

    #[test]
    fn q5_a_line_is_shown_up_to_its_bound_on_either_side() {
        let text = "x".repeat(4 * MAX_SHOWN_LINE_BYTES);
        let shown = |start: usize| window(&text, Span { file: FileId(0), start: start as u32, end: start as u32 + 1 }).0;
        let most = MAX_SHOWN_LINE_BYTES;
        assert_eq!((shown(most), shown(most + 1)), (0..2 * most, 1..2 * most + 1));
    }

    #[test]
    fn q5_places_are_shown_together_up_to_a_distance() {
        let pieces = |apart: usize| {
            let text = format!("{}\n", "x".repeat(99)).repeat(2 * MAX_SHOWN_TOGETHER_BYTES / 100);
            let sources = Sources::single("t.dl", &text);
            let at = |start: usize| Span { file: FileId(0), start: start as u32, end: start as u32 + 1 };
            let said = || Said::new("here", "此处");
            let told = Diagnostic { secondary: vec![(at(apart), said())], ..Diagnostic::error("E0201", at(0), said()) };
            snippets(&told, &sources).len()
        };
        // Lines are shown whole: of a hundred bytes each, but for their ends.
        let lines = MAX_SHOWN_TOGETHER_BYTES / 100;
        assert_eq!((pieces(100 * (lines - 1)), pieces(100 * (lines + 1))), (1, 2));
    }
}
