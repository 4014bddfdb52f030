//! Whole commands on a machine in memory. What they read is made of the input piece by piece: profiles, modules and
//! binaries that are well-formed where it matters, so that the reports behind the readers are reached.

use std::fmt::Write as _;

use base::system::Command;
use base::testing::{MemorySystem, exited};

/// Decisions taken from the input; 0 when it is used up.
struct Choices<'a> {
    data: &'a [u8],
}

impl<'a> Choices<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.data.split_first().unwrap_or((&0, &[]));
        self.data = rest;
        *first
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound.max(1)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Small, at a border, or anything.
    fn number(&mut self) -> i64 {
        match self.byte() {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => -1,
            3 => 0,
            4 => i64::from(self.byte()) << (self.byte() % 56),
            small => i64::from(small),
        }
    }

    fn bytes(&mut self, most: usize) -> &'a [u8] {
        let n = self.below(most + 1).min(self.data.len());
        let (first, rest) = self.data.split_at(n);
        self.data = rest;
        first
    }
}

/// What names of functions, files and labels are made of.
const NAMES: &[&str] = &[
    "main.main",
    "",
    "a/b.(*T[go.shape.int]).M.func1",
    "<img src=x onerror=alert(1)>",
    "\u{1b}[31mred\u{1b}[0m",
    "\"quoted\\\"\n\t",
    "runtime.mallocgc",
    "std::vec::Vec<T,A>::push",
    "\u{202e}\u{200b}ö",
    "a;b c",
    "/src/main.go",
    "%s%d\r\n",
];

/// Runs a command and gives its exit status and what it printed.
fn run(system: &MemorySystem, args: &[&str]) -> (u8, Vec<u8>) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["goperf"].iter().chain(args).map(Into::into).collect();
    let status = cli::run(args, system, &mut cli::Output::plain(&mut out, &mut err));
    let code = status.code();
    assert!(code <= 4, "exit status {code}");
    (code, out)
}

/// Every report of every profile ends, is what its format asks for, and lets no markup through.
pub(crate) fn pprof_reports(data: &[u8]) {
    let mut choices = Choices { data };
    let report = choices.one_of(REPORTS);
    let options: Vec<&str> = (0..choices.below(4))
        .map(|_| choices.one_of(OPTIONS))
        .collect();
    let profile = profile::encode(&profile_of(&mut choices));
    let base = if choices.below(8) == 0 {
        profile::encode(&profile_of(&mut choices))
    } else {
        profile.clone()
    };
    let system = MemorySystem::default()
        .with_file("/p.pb", profile)
        .with_file("/base.pb", base);
    let args = ["pprof", "-symbolize=none", report];
    let args = [&args[..], &options, &["/p.pb"]].concat();
    let (code, out) = run(&system, &args);
    if code != 0 {
        return;
    }
    if report == "-json" || report == "-diff_json" {
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&out);
        assert!(read.is_ok(), "{report}: no JSON");
    }
    if matches!(report, "-weblist=." | "-flame" | "-svg") {
        let text = String::from_utf8_lossy(&out);
        assert!(
            !text.contains("<img src=x"),
            "{report}: markup gets through"
        );
    }
}

const REPORTS: &[&str] = &[
    "-top",
    "-text",
    "-tree",
    "-peek=.",
    "-traces",
    "-tags",
    "-raw",
    "-comments",
    "-dot",
    "-svg",
    "-flame",
    "-json",
    "-markdown",
    "-callgrind",
    "-topproto",
    "-proto",
    "-folded",
    "-speedscope",
    "-list=.",
    "-weblist=.",
];

const OPTIONS: &[&str] = &[
    "-call_tree",
    "-cum",
    "-compact_labels",
    "-divide_by=0",
    "-divide_by=1e-300",
    "-drop_negative",
    "-files",
    "-focus=main",
    "-hide=runtime",
    "-ignore=push",
    "-inverted",
    "-lines",
    "-mean",
    "-nodecount=1",
    "-nodefraction=0",
    "-noinlines",
    "-normalize",
    "-prune_from=main",
    "-relative_percentages",
    "-sample_index=1",
    "-showcolumns",
    "-show_from=main",
    "-tagfocus=1:10",
    "-tagleaf=key",
    "-tagroot=key",
    "-trim=false",
    "-unit=minimum",
    "-unit=hours",
    "-diff_base=/base.pb",
    "-base=/base.pb",
];

fn profile_of(choices: &mut Choices<'_>) -> profile::Profile {
    let units = [
        "count",
        "nanoseconds",
        "bytes",
        "",
        "<img src=x onerror=alert(1)>",
    ];
    let kinds = ["samples", "cpu", "inuse_space", "", "alloc_objects"];
    let types: Vec<(&str, &str)> = (0..choices.below(4))
        .map(|_| (choices.one_of(&kinds), choices.one_of(&units)))
        .collect();
    let mut profile = profile::Profile::with_sample_types(&types);
    profile.duration_nanos = choices.number();
    profile.period = choices.number();
    let mut locations = Vec::new();
    for _ in 0..=choices.below(12) {
        let mut lines = Vec::new();
        for _ in 0..choices.below(4) {
            let name = profile.strings.intern(choices.one_of(NAMES).as_bytes());
            let file = profile.strings.intern(choices.one_of(NAMES).as_bytes());
            let function = profile.add_function(name, file, choices.number());
            lines.push(profile::Line {
                function,
                line: choices.number(),
                column: choices.number(),
            });
        }
        let address = choices.number() as u64;
        locations.push(profile.add_location(address, None, &lines));
    }
    for _ in 0..choices.below(24) {
        let stack: Vec<_> = (0..choices.below(10))
            .map(|_| choices.one_of(&locations))
            .collect();
        let values: Vec<i64> = types.iter().map(|_| choices.number()).collect();
        let mut labels: Vec<profile::Label> = (0..choices.below(3))
            .map(|_| {
                let key = profile
                    .strings
                    .intern(choices.one_of(&["key", "bytes", ""]).as_bytes());
                if choices.below(2) == 0 {
                    let value = choices.one_of(NAMES);
                    profile::Label::str(key, profile.strings.intern(value.as_bytes()))
                } else {
                    let unit = profile.strings.intern(choices.one_of(&units).as_bytes());
                    profile::Label::num(key, choices.number(), unit)
                }
            })
            .collect();
        let labels = profile.label_sets.intern(&mut labels, &profile.strings);
        profile.samples.push(&stack, &values, labels);
    }
    profile
}

/// Any module is listed, loaded and checked natively, and its structs are shown, whatever its files hold; names cannot
/// reach the terminal.
pub(crate) fn go_module(data: &[u8]) {
    let mut choices = Choices { data };
    let mut system = MemorySystem::default().with_process(Box::new(go_command));
    system = system.with_file("/m/go.mod", go_mod(&mut choices));
    for _ in 0..=choices.below(4) {
        let name = choices.one_of(FILES);
        let text = match name.rsplit('.').next() {
            Some("go") => go_source(&mut choices),
            Some("mod") => go_mod(&mut choices),
            _ => String::from_utf8_lossy(choices.bytes(60)).into_owned(),
        };
        system = system.with_file(format!("/m/{name}"), text);
    }
    let form = choices.one_of(&["--all", "--format=json", "--diff", "--fix", "--exported"]);
    let args = [
        "layout",
        "-C",
        "/m",
        "./...",
        "--loader=native",
        "--no-cache",
        form,
    ];
    let (code, out) = run(&system, &args);
    if form == "--format=json" && code < 2 {
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&out);
        assert!(read.is_ok(), "no JSON");
    }
    is_printable(&out);
}

const FILES: &[&str] = &[
    "a.go",
    "b_linux.go",
    "c_test.go",
    "sub/d.go",
    "sub/internal/e.go",
    "other/go.mod",
    "other/f.go",
    "go.work",
    "vendor/modules.txt",
    "vendor/x.org/v/v.go",
    "testdata/g.go",
    "asm.s",
];

/// Only `go env` is answered: all else is the native loader's.
fn go_command(command: &Command) -> std::io::Result<base::system::ProcessOutput> {
    let env = r#"{"GOVERSION": "go1.27.3", "GOROOT": "/go", "GOOS": "linux", "GOARCH": "amd64", "GOMOD": "/m/go.mod",
        "GOMODCACHE": "/cache/mod", "GOPATH": "/home/go", "GOTOOLDIR": "/go/pkg/tool", "CGO_ENABLED": "0"}"#;
    if command.line().contains(" env ") {
        Ok(exited(0, env))
    } else {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

fn go_mod(choices: &mut Choices<'_>) -> String {
    let mut text = format!(
        "module {}\n",
        choices.one_of(&["m", "x.org/m", "", "\"m\""])
    );
    for _ in 0..choices.below(4) {
        text += choices.one_of(&[
            "go 1.27\n",
            "go 1.5\n",
            "toolchain go1.99\n",
            "require x.org/v v1.0.0\n",
            "replace x.org/v => ./other\n",
            "replace x.org/v => ../outside\n",
            "ignore ./sub\n",
            "require (\n",
        ]);
    }
    text
}

/// Types and functions that refer to each other, with a piece of the input in between.
fn go_source(choices: &mut Choices<'_>) -> String {
    let mut text = format!(
        "package {}\n\n",
        choices.one_of(&["m", "m_test", "main", "sub"])
    );
    if choices.below(3) == 0 {
        let import = choices.one_of(&["m/sub", "x.org/v", "unsafe", "C", "m"]);
        let _ = writeln!(text, "import _ {import:?}\n");
    }
    for number in 0..choices.below(6) {
        let generic = choices.one_of(&["", "[P any]", "[P ~int, Q interface{ M() P }]"]);
        let _ = writeln!(text, "type T{number}{generic} struct {{");
        for field in 0..choices.below(6) {
            let name = choices.one_of(&["a", "_", "Exported", "ünïcode", "pad"]);
            let tag = choices.one_of(&["", "`json:\"x\"`", "// comment", "\n"]);
            let typ = go_type(choices, 3);
            let _ = writeln!(text, "\t{name}{field} {typ} {tag}");
        }
        text += "}\n\n";
    }
    for _ in 0..choices.below(3) {
        let (typ, value) = (go_type(choices, 2), choices.below(6));
        let _ = writeln!(
            text,
            "var v{value} {typ} = *new({typ})\nvar _ any = &T{value}{{}}"
        );
    }
    if choices.below(4) == 0 {
        text += &String::from_utf8_lossy(choices.bytes(40));
    }
    text
}

fn go_type(choices: &mut Choices<'_>, depth: usize) -> String {
    let inner = |choices: &mut Choices<'_>| match depth {
        0 => "byte".to_owned(),
        _ => go_type(choices, depth - 1),
    };
    match choices.below(14) {
        0 => "bool".to_owned(),
        1 => "int64".to_owned(),
        2 => "string".to_owned(),
        3 => format!("[]{}", inner(choices)),
        4 => format!("*{}", inner(choices)),
        5 => format!("map[string]{}", inner(choices)),
        6 => format!("[{}]{}", choices.number(), inner(choices)),
        7 => format!("[{}]{}", choices.below(9), inner(choices)),
        8 => format!("struct {{ x bool; y {}; z bool }}", inner(choices)),
        9 => format!("func({}) error", inner(choices)),
        10 => format!("T{}[{}]", choices.below(6), inner(choices)),
        11 => "interface{ M() }".to_owned(),
        12 => format!("chan {}", inner(choices)),
        _ => format!("T{}", choices.below(6)),
    }
}

/// Binaries whose sections overlap, lie outside or hold anything are refused or shown.
pub(crate) fn elf_layout(data: &[u8]) {
    let file = if data.starts_with(b"\x7fELF") {
        data.to_vec()
    } else {
        elf(&mut Choices { data })
    };
    let system = MemorySystem::default()
        .with_process(Box::new(go_command))
        .with_file("/m/app", file);
    let (_, out) = run(
        &system,
        &["layout", "-C", "/m", "./app", "--all", "--match=."],
    );
    is_printable(&out);
}

const SECTIONS: &[&str] = &[
    ".debug_info",
    ".debug_abbrev",
    ".debug_str",
    ".debug_line",
    ".zdebug_info",
    ".gopclntab",
    ".typelink",
    ".rodata",
    ".data.rel.ro",
    ".go.buildinfo",
    ".symtab",
    ".text",
];

/// An ELF file for amd64 with sections of the names that are looked for.
fn elf(choices: &mut Choices<'_>) -> Vec<u8> {
    const HEADER: usize = 64;
    let mut sections = vec![("", Vec::new(), 0_u32)];
    for _ in 0..=choices.below(8) {
        let name = choices.one_of(SECTIONS);
        let kind = choices.one_of(&[1, 1, 1, 2, 8, 0x7fff_ffff]);
        sections.push((name, choices.bytes(120).to_vec(), kind));
    }
    let mut names = Vec::new();
    let mut file = vec![0; HEADER];
    let mut table = Vec::new();
    for (name, content, kind) in &sections {
        let (name_at, content_at) = (names.len() as u32, file.len() as u64);
        names.extend(name.bytes().chain([0]));
        file.extend(content);
        let size = match choices.byte() {
            1 => u64::MAX,
            2 => 1 << 40,
            3 => 0,
            _ => content.len() as u64,
        };
        section(&mut table, name_at, *kind, content_at, size);
    }
    let (name_at, names_at) = (names.len() as u32, file.len() as u64);
    names.extend(b".shstrtab\0");
    section(&mut table, name_at, 3, names_at, names.len() as u64);
    file.extend(&names);
    let table_at = file.len() as u64;
    file.extend(&table);
    let count = (table.len() / HEADER) as u16;
    let header = &mut file[..HEADER];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[16..18].copy_from_slice(&2_u16.to_le_bytes());
    header[18..20].copy_from_slice(&62_u16.to_le_bytes());
    header[20..24].copy_from_slice(&1_u32.to_le_bytes());
    header[40..48].copy_from_slice(&table_at.to_le_bytes());
    header[52..54].copy_from_slice(&64_u16.to_le_bytes());
    header[58..60].copy_from_slice(&64_u16.to_le_bytes());
    header[60..62].copy_from_slice(&count.to_le_bytes());
    header[62..64].copy_from_slice(&(count - 1).to_le_bytes());
    file
}

/// A header of 64 bytes; the section is loaded at 0x400000 and its offset.
fn section(table: &mut Vec<u8>, name: u32, kind: u32, offset: u64, size: u64) {
    table.extend(name.to_le_bytes());
    table.extend(kind.to_le_bytes());
    for word in [2, 0x40_0000 + offset, offset, size, 0, 1, 0] {
        table.extend(u64::to_le_bytes(word));
    }
}

/// Nothing in the output moves a cursor or changes a color.
fn is_printable(out: &[u8]) {
    let text = String::from_utf8_lossy(out);
    let control = text
        .chars()
        .find(|rune| rune.is_control() && !matches!(rune, '\n' | '\t'));
    assert!(control.is_none(), "a control character is printed");
}
