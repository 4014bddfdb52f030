//! Records of one package, sorted and printed.

use std::fmt::Write as _;

use base::TextRange;
use go_load::SourceFile;
use sha2::{Digest as _, Sha256};

use super::flags::Flags;
use super::line::Line;

/// Kinds of records, in the order in which those of one range are printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Pkg,
    File,
    Error,
    Stmt,
    Expr,
    Sel,
    Inst,
    Def,
    Use,
    Implicit,
    Layout,
    Mset,
    Init,
}

impl Kind {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Pkg, "pkg"),
        (Self::File, "file"),
        (Self::Error, "error"),
        (Self::Stmt, "stmt"),
        (Self::Expr, "expr"),
        (Self::Sel, "sel"),
        (Self::Inst, "inst"),
        (Self::Def, "def"),
        (Self::Use, "use"),
        (Self::Implicit, "implicit"),
        (Self::Layout, "layout"),
        (Self::Mset, "mset"),
        (Self::Init, "init"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, text)| *text == name);
        found.map(|(kind, _)| *kind)
    }
}

/// Collects the records of one package.
pub(super) struct Writer<'a> {
    pub(super) flags: &'a Flags,
    /// The file that records are added for.
    number: usize,
    file: Option<&'a SourceFile>,
    records: Vec<Record>,
}

struct Record {
    /// Number of the file, from 1; 0 for the package.
    file: usize,
    /// Start and end offset; -1 for what stands before all text.
    start: i64,
    end: i64,
    kind: Kind,
    line: String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(flags: &'a Flags) -> Self {
        Self {
            flags,
            number: 0,
            file: None,
            records: Vec::new(),
        }
    }

    /// What is added from now on is of this file.
    pub(super) fn open_file(&mut self, number: usize, file: &'a SourceFile) {
        self.number = number + 1;
        self.file = Some(file);
    }

    /// The open file.
    pub(super) fn source(&self) -> Option<&'a SourceFile> {
        self.file
    }

    pub(super) fn wants(&self, kind: Kind) -> bool {
        let kinds = self.flags.kinds.as_ref();
        kind == Kind::Pkg || kinds.is_none_or(|kinds| kinds.contains(&kind))
    }

    /// A record with the position fields of `range` in the open file.
    pub(super) fn start(&self, kind: Kind, range: TextRange) -> Line {
        let mut line = Line::of(kind);
        if let Some(source) = self.file {
            let at = source.file.lines.line_col(range.start);
            line.str("f", &source.name)
                .num("l", at.line)
                .num("c", at.col)
                .num("o", range.start)
                .num("e", range.end);
        }
        line
    }

    /// `line:column` of an offset of the open file.
    pub(super) fn line_col(&self, offset: u32) -> String {
        let Some(source) = self.file else {
            return String::new();
        };
        let at = source.file.lines.line_col(offset);
        format!("{}:{}", at.line, at.col)
    }

    pub(super) fn put(&mut self, kind: Kind, range: TextRange, line: Line) {
        self.put_at(kind, i64::from(range.start), i64::from(range.end), line);
    }

    /// Adds a record in front of all text of the open file, or of the package.
    pub(super) fn put_first(&mut self, kind: Kind, line: Line) {
        self.put_at(kind, -1, -1, line);
    }

    fn put_at(&mut self, kind: Kind, start: i64, end: i64, line: Line) {
        if self.wants(kind) {
            let (file, line) = (self.number, line.end());
            self.records.push(Record {
                file,
                start,
                end,
                kind,
                line,
            });
        }
    }

    fn sorted(mut self) -> Vec<Record> {
        let key = |r: &Record| (r.file, r.start, r.end, r.kind);
        self.records
            .sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.line.cmp(&b.line)));
        self.records
    }

    /// All records, a line each.
    pub(super) fn lines(self) -> String {
        let records = self.sorted();
        records.iter().map(|record| record.line.as_str()).collect()
    }

    /// Counts and hashes: of the package, per kind, and per file and kind.
    pub(super) fn hashes(self, import_path: &str, names: &[&str]) -> String {
        let n_places = names.len() + 1;
        let mut all = Sum::default();
        let mut sums = vec![Sum::default(); n_places * Kind::ALL.len()];
        for record in self.sorted() {
            all.add(&record.line);
            let kind = record.kind as usize;
            sums[kind].add(&record.line);
            if record.file > 0 {
                sums[record.file * Kind::ALL.len() + kind].add(&record.line);
            }
        }
        let mut out = all.line(import_path, "", "all");
        for (place, sums) in sums.chunks(Kind::ALL.len()).enumerate() {
            let name = place.checked_sub(1).map_or("", |file| names[file]);
            for (sum, (_, kind)) in sums.iter().zip(Kind::ALL) {
                if sum.count > 0 {
                    out.push_str(&sum.line(import_path, name, kind));
                }
            }
        }
        out
    }
}

/// Count and hash of records.
#[derive(Clone, Default)]
struct Sum {
    count: usize,
    hash: Sha256,
}

impl Sum {
    fn add(&mut self, line: &str) {
        self.count += 1;
        self.hash.update(line);
    }

    fn line(&self, import_path: &str, name: &str, kind: &str) -> String {
        let hash = self.hash.clone().finalize();
        let mut line = Line::new("hash");
        line.str("pkg", import_path)
            .str("f", name)
            .str("kind", kind)
            .num("n", self.count)
            .str("h", &hex(&hash[..8]));
        line.end()
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
