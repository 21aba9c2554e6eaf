//! Refused records on their way back to whoever can mend them: beside each record its line, the codes, the columns and the sentences.
//!
//! Promises: no sheet is overwritten; the records stand in these files alone, which only their owner can read; a push that was broken off
//! leaves no half of them under the name that was asked for. A mended file is pushed like any other.

use super::files::Files;
use super::mended::{self, JSON_BEGIN, JSON_SENT};
use super::plan::{BYTE_ORDER_MARK, Part, Plan};
use super::records::{Ends, Records};
use crate::cli::client::{Failure, Place};
use crate::limits::MAX_LINE_BYTES;
use crate::types::{Lang, Said};
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where refused records are written; a folder if several files are pushed.
pub struct Rejected {
    to: PathBuf,
    /// Until all is pushed.
    under_way: PathBuf,
    is_folder: bool,
    lang: Lang,
    any: bool,
}

/// How the records of a file stand in it.
#[derive(Clone, Copy)]
pub struct Form {
    pub is_csv: bool,
    /// It was such a sheet itself: what stands beside its records is of the last round.
    pub is_mended: bool,
    pub charset: &'static Encoding,
}

impl Form {
    /// A record or a head, as it was to be sent. What of it is no character stays as it is where the file is in the sheet's own charset;
    /// in another one the sign for "no character" takes its place, which the door refuses as it refused what was there.
    fn text<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let plain = if self.is_mended { Cow::Owned(mended::plain(bytes, self.is_csv)) } else { Cow::Borrowed(bytes) };
        if self.charset == UTF_8 {
            return plain;
        }
        Cow::Owned(self.charset.decode(&plain).0.into_owned().into_bytes())
    }
}

/// The refused records of one file.
pub struct Sheet {
    out: BufWriter<File>,
    form: Form,
}

impl Rejected {
    pub fn new(to: PathBuf, files: &Files, lang: Lang) -> Result<Rejected, Failure> {
        if fs::symlink_metadata(&to).is_ok() {
            let shown = to.display();
            return Err(Failure::usage(Said::new(
                format!(
                    "{shown} is there already, and somebody may be mending it: name another with --rejected, or take it away"
                ),
                format!("{shown} 已存在，可能有人正在更正：请用 --rejected 另起名称，或先移走"),
            )));
        }
        let mut name = to.clone().into_os_string();
        name.push(".part");
        let rejected = Rejected { to, under_way: name.into(), is_folder: files.several, lang, any: false };
        rejected.clear().map_err(|error| rejected.unwritable(&error))?;
        Ok(rejected)
    }

    /// What a push that was broken off has left.
    fn clear(&self) -> io::Result<()> {
        let gone = if self.is_folder { fs::remove_dir_all(&self.under_way) } else { fs::remove_file(&self.under_way) };
        match gone {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A sheet for a file, with its head.
    pub fn sheet(&mut self, place: &Path, plan: &Plan, form: Form) -> Result<Sheet, Failure> {
        self.any = true;
        self.open(place, plan, form).map_err(|error| self.unwritable(&error))
    }

    fn open(&self, place: &Path, plan: &Plan, form: Form) -> io::Result<Sheet> {
        let path = if self.is_folder { self.under_way.join(place) } else { self.under_way.clone() };
        if self.is_folder
            && let Some(folder) = path.parent()
        {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut sheet = Sheet { out: BufWriter::new(file), form };
        if form.is_csv {
            let head = form.text(plan.head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&plan.head));
            // With the mark a spreadsheet sees that it is UTF-8.
            sheet.out.write_all(BYTE_ORDER_MARK)?;
            write!(sheet.out, "{},", mended::columns(self.lang))?;
            sheet.line(head.trim_ascii())?;
        }
        Ok(sheet)
    }

    /// Puts the records of refused lines into a sheet. The lines are the file's.
    pub fn write(&self, sheet: &mut Sheet, plan: &Plan, part: &Part, refused: &[Place]) -> Result<(), Failure> {
        let mut by_line: BTreeMap<u64, Vec<&Place>> = BTreeMap::new();
        for place in refused {
            by_line.entry(place.line).or_default().push(place);
        }
        sheet.copy(plan, part, &by_line).map_err(|error| self.unwritable(&error))
    }

    pub fn close(&self, sheet: Sheet) -> Result<(), Failure> {
        let closed = sheet.out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        closed.map_err(|error| self.unwritable(&error))
    }

    /// All is pushed: what was refused gets its name. `None`: nothing was.
    pub fn finish(self) -> Result<Option<PathBuf>, Failure> {
        if !self.any {
            return Ok(None);
        }
        fs::rename(&self.under_way, &self.to).map_err(|error| self.unwritable(&error))?;
        Ok(Some(self.to))
    }

    /// The push was broken off: the next one will be told the same again.
    pub fn give_up(self) -> Result<(), Failure> {
        self.clear().map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        let (shown, why) = (self.under_way.display(), Said::of_io(error));
        Failure::machine(Said::new(format!("cannot write {shown}: {}", why.en), format!("无法写入 {shown}：{}", why.zh)))
    }
}

impl Sheet {
    /// Reads the part again and copies the records in which a refused line lies.
    fn copy(&mut self, plan: &Plan, part: &Part, refused: &BTreeMap<u64, Vec<&Place>>) -> io::Result<()> {
        let mut records = Records::new(self.form.is_csv);
        let stretch = Stretch { file: &plan.file, at: part.bytes.start, end: part.bytes.end };
        let mut record = Vec::new();
        let mut first = part.first_line;
        for byte in BufReader::with_capacity(256 << 10, stretch).bytes() {
            let byte = byte?;
            // Of what no record can be nothing is held.
            if record.len() <= MAX_LINE_BYTES {
                record.push(byte);
            }
            if records.step(byte) == Ends::Record {
                let next = part.first_line + records.lines;
                self.put(refused.range(first..next), &record)?;
                record.clear();
                first = next;
            }
        }
        if record.is_empty() { Ok(()) } else { self.put(refused.range(first..), &record) }
    }

    fn put(&mut self, refused: Range<'_, u64, Vec<&Place>>, record: &[u8]) -> io::Result<()> {
        let places: Vec<&Place> = refused.flat_map(|(_, places)| places).copied().collect();
        if places.is_empty() {
            return Ok(());
        }
        let form = self.form;
        let text = form.text(record);
        let ends = text.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let text = &text[..text.len() - ends];
        if form.is_csv { self.put_csv(&places, text) } else { self.put_json(&places, text) }
    }

    fn line(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)?;
        self.out.write_all(b"\n")
    }

    fn put_csv(&mut self, places: &[&Place], text: &[u8]) -> io::Result<()> {
        let joined = |of: fn(&Place) -> &str| places.iter().map(|place| of(place)).collect::<Vec<_>>().join("; ");
        let mut writer = csv::Writer::from_writer(Vec::new());
        let line = places.first().map_or(0, |place| place.line).to_string();
        let cells = [line, joined(|p| &p.code), joined(|p| column(&p.pointer)), joined(|p| &p.message)];
        writer.write_record(&cells)?;
        let beside = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.out.write_all(beside.trim_ascii_end())?;
        self.out.write_all(b",")?;
        self.line(text)
    }

    fn put_json(&mut self, places: &[&Place], text: &[u8]) -> io::Result<()> {
        let line = places.first().map_or(0, |place| place.line);
        let told = |place: &&Place| serde_json::json!({"code": place.code, "pointer": place.pointer, "message": place.message});
        let refused: serde_json::Value = places.iter().map(told).collect();
        write!(self.out, "{JSON_BEGIN}{line},\"refused\":{refused}{JSON_SENT}")?;
        self.out.write_all(text)?;
        self.line(b"}")
    }
}

/// The column that a pointer names; empty for a whole line.
pub fn column(pointer: &str) -> &str {
    if pointer.starts_with("/cells/") || pointer.starts_with("/lines/") {
        return "";
    }
    pointer.strip_prefix("/row/").or_else(|| pointer.strip_prefix('/')).unwrap_or(pointer)
}

/// Some bytes of a file.
struct Stretch<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Stretch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(usize::try_from(self.end - self.at).unwrap_or(usize::MAX));
        let n = self.file.read_at(&mut buffer[..room], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
