//! The conformance pack's binaries: one per format and processor, as they are and broken.

#![cfg(test)]

use std::path::{Path, PathBuf};

use base::System;
use base::system::OsSystem;
use objfile::{Binary, Detail, Format, Syntax};

/// The folder with the binaries, beside the checkout or above it.
fn data() -> Option<PathBuf> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packs = crate_dir
        .ancestors()
        .map(|dir| dir.join("shared/conformance/pprof/data"));
    packs
        .into_iter()
        .find(|pack| OsSystem::default().is_dir(pack))
}

fn read(name: &str) -> Option<Vec<u8>> {
    let Some(data) = data() else {
        println!("skipped: shared/conformance is not beside the checkout");
        return None;
    };
    Some(OsSystem::default().read(&data.join(name)).unwrap())
}

const BINARIES: [(&str, Format, &str); 4] = [
    ("demo/demo", Format::Elf, "amd64"),
    ("mini/mini.linux-arm64", Format::Elf, "arm64"),
    ("mini/mini.darwin-arm64", Format::MachO, "arm64"),
    ("mini/mini.windows-amd64", Format::Pe, "amd64"),
];

/// They have no debug information; the runtime knows types all the same.
#[test]
fn every_format_gives_types() {
    for (name, ..) in BINARIES {
        let Some(bytes) = read(name) else { return };
        let types = Binary::open(bytes).unwrap().runtime_types().unwrap();
        assert!(!types.cut_short, "{name}");
        let found = types.structs().find(|typ| &*typ.name == "sync.Mutex");
        let found = found.unwrap();
        assert_eq!(
            (found.size, found.align, found.ptrdata),
            (8, 4, 0),
            "{name}"
        );
    }
}

#[test]
fn every_format_gives_functions_lines_and_code() {
    for (name, format, goarch) in BINARIES {
        let Some(bytes) = read(name) else { return };
        let binary = Binary::open(bytes).unwrap();
        assert_eq!((binary.format, binary.arch.goarch()), (format, goarch));
        let main = binary.symbols().named("main.main").unwrap();
        assert_eq!(main.code, 'T');
        let frames = binary.frames(main.address, Detail::Full);
        let outermost = frames.last().unwrap();
        assert_eq!(outermost.function, "main.main", "{name}");
        assert!(outermost.file.ends_with("main.go") && outermost.start_line > 0);
        let end = main.address + main.size;
        let code = binary.disassemble(main.address, end, Syntax::Go).unwrap();
        assert_eq!(
            code.iter().map(|inst| inst.size as u64).sum::<u64>(),
            main.size,
            "{name}"
        );
        assert!(code.iter().any(|inst| inst.text.starts_with("CALL ")));
        assert!(binary.go_build_id().is_some_and(|id| id.contains('/')));
        assert!(binary.pclntab().unwrap().has_inline_trees());
        assert_eq!(binary.go_tool_base(0), 0);
    }
}

#[test]
fn names_survive_the_loss_of_section_headers() {
    let Some(mut bytes) = read("demo/demo") else {
        return;
    };
    let whole = Binary::open(bytes.clone()).unwrap();
    let address = whole.symbols().named("main.main").unwrap().address;
    bytes[0x28..0x30].fill(0); // e_shoff
    bytes[0x3a..0x40].fill(0); // e_shentsize, e_shnum, e_shstrndx
    let stripped = Binary::open(bytes).unwrap();
    assert!(stripped.symbols().is_empty());
    for address in (address..address + 400).step_by(7) {
        let frames = |binary: &Binary| format!("{:?}", binary.frames(address, Detail::Full));
        assert_eq!(frames(&stripped), frames(&whole));
    }
}

/// Cuts and changed bytes in headers and tables; the answers may be anything, but they come.
#[test]
fn broken_binaries_are_read_without_a_panic() {
    for (name, _, _) in BINARIES {
        let Some(whole) = read(name) else { return };
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        for round in 0..12 {
            let mut bytes = whole.clone();
            if round % 3 == 0 {
                bytes.truncate(next(whole.len()));
            }
            let len = bytes.len();
            for _ in 0..40 {
                let head = next(2) == 0;
                let at = next(if head { len.min(4096) } else { len });
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [0, 1, 0x7f, 0xff][next(4)];
                }
            }
            let Ok(binary) = Binary::open(bytes) else {
                continue;
            };
            binary.runtime_types();
            binary.dwarf_types();
            let symbols = binary.symbols();
            let first = symbols
                .iter()
                .map(|symbol| symbol.address)
                .nth(symbols.len() / 2);
            for address in [Some(0), Some(u64::MAX), first].into_iter().flatten() {
                let _ = binary.frames(address, Detail::Full);
                let _ = binary.frames(address, Detail::GoTool);
                let _ = binary.disassemble(address, address.saturating_add(64), Syntax::Go);
            }
            if let Some(tab) = binary.pclntab() {
                for func in tab.functions().take(200) {
                    let _ = tab.calls(&func, func.entry);
                }
            }
            let _ = (
                binary.gnu_build_id(),
                binary.go_build_id(),
                binary.load_address(),
            );
        }
    }
}
