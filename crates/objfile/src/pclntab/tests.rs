//! Tables made by hand, one per version, and what is read from them.

use super::*;

/// `outer` at 0x1000..0x1020 calls `inner`, which the compiler put into it at 0x1008..0x1010.
/// `outer` is lines 10 and 11 of a.go; the inlined code is line 3 of b.go.
struct Made {
    table: Vec<u8>,
    tree: Vec<u8>,
}

fn make(magic: u32, little_endian: bool) -> Made {
    let old = magic == 0xffff_fffa;
    let new = magic == 0xffff_fff1;
    let put = |out: &mut Vec<u8>, word: u64, size: usize| {
        let bytes = if little_endian {
            word.to_le_bytes()
        } else {
            word.to_be_bytes()
        };
        out.extend(if little_endian {
            &bytes[..size]
        } else {
            &bytes[8 - size..]
        });
    };
    let names = b"outer\0inner\0";
    let files = b"/a.go\0/b.go\0";
    let mut cutab = Vec::new();
    put(&mut cutab, 0, 4);
    put(&mut cutab, 6, 4);
    // Pairs of (zigzag value delta, pc delta); values start at -1; a 0 ends.
    let pctab: &[u8] = &[
        0, // offset 0 means "no table"
        2, 8, 2, 8, 1, 16, 0, // at 1: file 0, 1, 0
        22, 8, 13, 8, 16, 16, 0, // at 8: line 10, 3, 11
        0, 8, 2, 8, 1, 16, 0, // at 15: inline index -1, 0, -1
    ];
    let mut func = Vec::new();
    put(
        &mut func,
        if old { 0x1000 } else { 0 },
        if old { 8 } else { 4 },
    );
    for word in [0, 0, 0, 0, 1, 8, 3, 0] {
        put(&mut func, word, 4);
    }
    if new {
        put(&mut func, 9, 4); // startLine
    }
    func.extend([7, 0, 0, 4]); // funcID, and at the end the number of funcdata
    for word in [0, 0, 15] {
        put(&mut func, word, 4); // pcdata
    }
    if old && !func.len().is_multiple_of(8) {
        put(&mut func, 0, 4);
    }
    let size = if old { 8 } else { 4 };
    for _ in 0..3 {
        put(&mut func, u64::from(u32::MAX), size);
    }
    put(&mut func, if old { 0x9000 } else { 0 }, size); // funcdata 3

    let mut functab = Vec::new();
    let functab_len = 3 * size as u64;
    let functab_pad = functab_len.next_multiple_of(8);
    put(&mut functab, if old { 0x1000 } else { 0 }, size);
    put(&mut functab, functab_pad, size);
    put(&mut functab, if old { 0x1020 } else { 0x20 }, size);
    functab.resize(functab_pad as usize, 0);

    let mut table = Vec::new();
    put(&mut table, u64::from(magic), 4);
    table.extend([0, 0, 1, 8]);
    let words = if old { 7 } else { 8 };
    let mut offset = 8 + words * 8;
    put(&mut table, 1, 8);
    put(&mut table, 2, 8);
    if !old {
        put(&mut table, 0x1000, 8);
    }
    for part in [names.len(), cutab.len(), files.len(), pctab.len(), 0] {
        put(&mut table, offset as u64, 8);
        offset = (offset + part).next_multiple_of(8);
    }
    for part in [&names[..], &cutab, files, pctab] {
        table.extend(part);
        table.resize(table.len().next_multiple_of(8), 0);
    }
    table.extend(functab);
    table.extend(func);

    let mut tree = vec![0; 4];
    tree[if new { 0 } else { 2 }] = 8; // funcID
    if new {
        for word in [6, 4, 2] {
            put(&mut tree, word, 4); // name, parentPc, startLine
        }
    } else {
        for word in [0, 10, 6, 4] {
            put(&mut tree, word, 4); // file, line, name, parentPc
        }
    }
    Made { table, tree }
}

fn open(made: &Made, old: bool) -> Pclntab<'_> {
    let mut tab = Pclntab::parse(&made.table, 0x1000).unwrap();
    tab.inline_trees = if old {
        InlineTrees::At(0x9000, &made.tree)
    } else {
        InlineTrees::FromGofunc(&made.tree)
    };
    tab
}

fn show(tab: &Pclntab<'_>, pc: u64) -> String {
    let Some(func) = tab.find(pc) else {
        return "none".to_owned();
    };
    let show = |call: &Call<'_>| {
        let mark = if call.inlined { "*" } else { "" };
        format!(
            "{}{mark} {}:{} from {} id {}",
            call.function, call.file, call.line, call.start_line, call.function_id
        )
    };
    tab.calls(&func, pc)
        .iter()
        .map(show)
        .collect::<Vec<_>>()
        .join(" < ")
}

#[test]
fn every_version_gives_lines_and_inlined_calls() {
    for (magic, little_endian) in [
        (0xffff_fffa, true),
        (0xffff_fff0, true),
        (0xffff_fff1, true),
        (0xffff_fffa, false),
        (0xffff_fff1, false),
    ] {
        let made = make(magic, little_endian);
        let tab = open(&made, magic == 0xffff_fffa);
        let (inner, outer) = if magic == 0xffff_fff1 { (2, 9) } else { (0, 0) };
        let cases = [
            (0xfff, "none".to_owned()),
            (0x1000, format!("outer /a.go:10 from {outer} id 7")),
            (0x1007, format!("outer /a.go:10 from {outer} id 7")),
            (
                0x1008,
                format!("inner* /b.go:3 from {inner} id 8 < outer /a.go:10 from {outer} id 7"),
            ),
            (0x1010, format!("outer /a.go:11 from {outer} id 7")),
            (0x101f, format!("outer /a.go:11 from {outer} id 7")),
            (0x1020, "none".to_owned()),
        ];
        for (pc, want) in cases {
            assert_eq!(show(&tab, pc), want, "{magic:#x} {little_endian} {pc:#x}");
        }
    }
}

#[test]
fn broken_tables_never_panic() {
    for magic in [0xffff_fffa, 0xffff_fff0, 0xffff_fff1] {
        let old = magic == 0xffff_fffa;
        let made = make(magic, true);
        for len in 0..made.table.len() {
            if let Some(tab) = Pclntab::parse(&made.table[..len], 0x1000) {
                let _ = show(&tab, 0x1008);
            }
        }
        for at in 4..made.table.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = Made {
                    table: made.table.clone(),
                    tree: made.tree.clone(),
                };
                broken.table[at] = value;
                if Pclntab::parse(&broken.table, 0x1000).is_some() {
                    let tab = open(&broken, old);
                    assert!(tab.functions().count() <= broken.table.len());
                    let _ = show(&tab, 0x1008);
                }
            }
        }
        for at in 0..made.tree.len() {
            let mut broken = Made {
                table: made.table.clone(),
                tree: made.tree.clone(),
            };
            broken.tree[at] = 0xff;
            let _ = show(&open(&broken, old), 0x1008);
        }
    }
}

#[test]
fn an_inline_tree_that_runs_in_circles_ends() {
    let mut made = make(0xffff_fff1, true);
    made.tree[8] = 8; // The call's parent is the call itself.
    let tab = open(&made, false);
    let func = tab.find(0x1008).unwrap();
    assert_eq!(tab.calls(&func, 0x1008).len(), MAX_INLINE_DEPTH);
}
