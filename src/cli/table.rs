//! A table for a terminal: columns as wide as what stands in them, Chinese characters counted as two.

use std::fmt::Write;

/// Rows of cells. Numbers stand at the right of their column.
pub struct Table {
    rows: Vec<Vec<String>>,
    numbers: Vec<usize>,
}

impl Table {
    /// `numbers`: the columns that hold numbers.
    pub fn new(head: &[&str], numbers: &[usize]) -> Table {
        Table { rows: vec![head.iter().map(|cell| cell.to_string()).collect()], numbers: numbers.to_vec() }
    }

    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |i: usize| self.rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (i, cell) in row.iter().enumerate() {
                let room = " ".repeat(widths[i] - width(cell));
                let (before, after) = if self.numbers.contains(&i) { (room.as_str(), "") } else { ("", room.as_str()) };
                write!(line, "{before}{cell}{after}  ")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_in_both_scripts() {
        let mut table = Table::new(&["n", "列", "code"], &[0]);
        table.push(vec!["12".into(), "决定日期".into(), "a".into()]);
        table.push(vec!["3".into(), "day".into(), "b".into()]);
        assert_eq!(table.to_string(), " n  列        code\n12  决定日期  a\n 3  day       b\n");
    }
}
