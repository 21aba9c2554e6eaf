//! What the comments of rule files say of a declaration: the head of its file, its section, its own lines, and what is marked.
//!
//! A section begins with `// --- title ---`; what stands right behind that line belongs to it. A marked line is `//? word: text` right above
//! a declaration, with either colon. Comments are for readers: nothing of them has a meaning for the rules.

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Remarks {
    /// Paragraphs of what opens the file.
    pub file: Vec<String>,
    /// Title, and paragraphs.
    pub section: Option<(String, Vec<String>)>,
    /// Paragraphs right above the declaration.
    pub own: Vec<String>,
    /// Word and text of each marked line above it.
    pub marked: Vec<(String, String)>,
}

impl Remarks {
    /// Of what is declared on a line of the text, counted from 1.
    pub fn of(text: &str, line: usize) -> Remarks {
        let lines: Vec<&str> = text.lines().collect();
        let above = &lines[..line.saturating_sub(1).min(lines.len())];
        let begins = above.iter().rposition(|line| !line.starts_with("//") || title(line).is_some()).map_or(0, |last| last + 1);
        let (marked, own): (Vec<&str>, Vec<&str>) = above[begins..].iter().partition(|line| line.starts_with("//?"));
        let header = above.iter().rposition(|line| title(line).is_some());
        let opens = lines.iter().position(|line| !line.starts_with("//") || title(line).is_some()).unwrap_or(lines.len());
        Remarks {
            file: if begins == 0 { Vec::new() } else { paragraphs(&lines[..opens]) },
            section: header.map(|at| (title(above[at]).unwrap_or("").to_string(), behind(above, at + 1, begins))),
            own: paragraphs(&own),
            marked: marked.iter().filter_map(|line| mark(line)).collect(),
        }
    }

    pub fn marks<'r>(&'r self, word: &'r str) -> impl Iterator<Item = &'r str> {
        self.marked.iter().filter(move |(of, _)| of == word).map(|(_, text)| text.as_str())
    }
}

/// The comment that follows a header, unless it is the declaration's own.
fn behind(above: &[&str], from: usize, own: usize) -> Vec<String> {
    let first = (from..above.len()).find(|i| !above[*i].is_empty()).unwrap_or(above.len());
    let last = (first..above.len()).find(|i| !above[*i].starts_with("//")).unwrap_or(above.len());
    if first == own || first == last { Vec::new() } else { paragraphs(&above[first..last]) }
}

fn title(line: &str) -> Option<&str> {
    let title = line.strip_prefix("// --- ")?.trim_end_matches('-').trim();
    (!title.is_empty()).then_some(title)
}

fn mark(line: &str) -> Option<(String, String)> {
    let (word, text) = line.strip_prefix("//?")?.split_once(['：', ':'])?;
    Some((word.trim().to_string(), text.trim().to_string()))
}

/// Lines of a comment, joined; an empty one parts two paragraphs.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in lines.iter().filter(|line| !line.starts_with("//?")) {
        let words = line.trim_start_matches('/').trim();
        if words.is_empty() {
            paragraphs.push(String::new());
            continue;
        }
        let last = paragraphs.last_mut().expect("it begins with one");
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(words);
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
// What the file
// is about.
//
// More.

.decl a(x: number)
// --- 4: a section ---------

// Of the section.
//? no: such relation
.decl b(x: number)

// Of c
// alone.
//? 误报：更名。
//? helper: yes
.decl c(x: number)
";

    #[test]
    fn a_declaration_has_its_files_its_sections_and_its_own_remarks() {
        let c = Remarks::of(TEXT, 17);
        assert_eq!(c.file, ["What the file is about.", "More."]);
        assert_eq!(c.section, Some(("4: a section".to_string(), vec!["Of the section.".to_string()])));
        assert_eq!(c.own, ["Of c alone."]);
        assert_eq!(c.marks("误报").collect::<Vec<_>>(), ["更名。"]);
        assert_eq!(c.marks("helper").count(), 1);
        let b = Remarks::of(TEXT, 11);
        assert_eq!((b.section, b.own), (Some(("4: a section".to_string(), Vec::new())), vec!["Of the section.".to_string()]));
        let a = Remarks::of(TEXT, 6);
        assert_eq!((a.section, a.own.len(), a.file.len()), (None, 0, 2));
    }
}
