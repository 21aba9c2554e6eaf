//! Diagnostics as a terminal shows them: message, place, source line, caret, remedy; then a count. Carets stand right under wide
//! characters too.
//!
//! Of each file only the lines that are spoken of go to the renderer, and of a very long line only the part around the place.

use super::diagnostic::{Diagnostic, Severity};
use super::source::{Sources, Span};
use crate::limits::MAX_SHOWN_LINE_BYTES;
use crate::types::{Lang, Said};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
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
    let (span, label) = &diagnostic.primary;
    group = with_place(group, *span, label, AnnotationKind::Primary, sources, lang);
    for (span, label) in &diagnostic.secondary {
        group = with_place(group, *span, label, AnnotationKind::Context, sources, lang);
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

fn with_place<'a>(
    group: Group<'a>,
    span: Span,
    label: &'a Said,
    kind: AnnotationKind,
    sources: &'a Sources,
    lang: Lang,
) -> Group<'a> {
    let Some(file) = sources.files.get(span.file.0 as usize) else {
        return group;
    };
    if file.text.is_empty() {
        return group.element(Origin::path(file.name.as_str()));
    }
    let (line, _) = sources.line_column(span);
    let shown = window(&file.text, span);
    let mut annotation: Annotation<'a> = kind.span(shown.mark);
    if !label.get(lang).is_empty() {
        annotation = annotation.label(label.get(lang));
    }
    let snippet = Snippet::source(shown.text).line_start(line).path(file.name.as_str());
    group.element(snippet.annotation(annotation))
}

struct Window<'a> {
    text: &'a str,
    mark: Range<usize>,
}

/// The line that the span begins in (no more of it than can be shown) and where in it the caret stands.
fn window(text: &str, span: Span) -> Window<'_> {
    let start = boundary(text, (span.start as usize).min(text.len()));
    let end = boundary(text, (span.end as usize).clamp(start, text.len()));
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let from = boundary(text, line_start.max(start.saturating_sub(MAX_SHOWN_LINE_BYTES)));
    let to = boundary(text, line_end.min(start + MAX_SHOWN_LINE_BYTES)).max(start);
    Window { text: &text[from..to], mark: start - from..end.min(to) - from }
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
