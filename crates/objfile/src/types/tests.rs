//! Types of a made-up program, in the bytes of a small ELF file.

use super::*;

/// `.debug_info` of two units in DWARF 4: `main` without types, `runtime` with all of them.
#[derive(Default)]
struct Info {
    bytes: Vec<u8>,
}

const UNIT: u8 = 1;
const BASE: u8 = 2;
const STRUCT: u8 = 3;
const MEMBER: u8 = 4;
const TYPEDEF: u8 = 5;
const POINTER: u8 = 6;
const ARRAY: u8 = 7;
const RANGE: u8 = 8;
const SLICE: u8 = 9;
const FUNCTION: u8 = 10;

/// Code, tag, children, then pairs of attribute and form, as the bytes of `.debug_abbrev`.
const ABBREVIATIONS: &[&[u8]] = &[
    // name: string, language: data1
    &[UNIT, 0x11, 1, 0x03, 0x08, 0x13, 0x0b],
    // name, byte_size: udata, go_kind: data1
    &[BASE, 0x24, 0, 0x03, 0x08, 0x0b, 0x0f, 0x80, 0x52, 0x0b],
    &[STRUCT, 0x13, 1, 0x03, 0x08, 0x0b, 0x0f, 0x80, 0x52, 0x0b],
    // name, data_member_location: udata, type: ref_addr, go_embedded_field: flag
    &[
        MEMBER, 0x0d, 0, 0x03, 0x08, 0x38, 0x0f, 0x49, 0x10, 0x83, 0x52, 0x0c,
    ],
    &[TYPEDEF, 0x16, 0, 0x03, 0x08, 0x49, 0x10],
    &[POINTER, 0x0f, 0, 0x03, 0x08, 0x49, 0x10, 0x80, 0x52, 0x0b],
    &[
        ARRAY, 0x01, 1, 0x03, 0x08, 0x49, 0x10, 0x0b, 0x0f, 0x80, 0x52, 0x0b,
    ],
    // count: udata
    &[RANGE, 0x21, 0, 0x37, 0x0f],
    // name, byte_size, go_kind, go_elem: ref_addr
    &[
        SLICE, 0x13, 1, 0x03, 0x08, 0x0b, 0x0f, 0x80, 0x52, 0x0b, 0x82, 0x52, 0x10,
    ],
    &[FUNCTION, 0x2e, 1, 0x03, 0x08],
];

impl Info {
    /// An entry's code and name; where it begins.
    fn entry(&mut self, code: u8, name: &str) -> u32 {
        let offset = self.bytes.len() as u32;
        self.bytes.push(code);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        offset
    }

    fn numbers(&mut self, numbers: &[u8]) {
        self.bytes.extend_from_slice(numbers);
    }

    fn reference(&mut self, offset: u32) {
        self.bytes.extend_from_slice(&offset.to_le_bytes());
    }

    fn base(&mut self, name: &str, size: u8, kind: Kind) -> u32 {
        let offset = self.entry(BASE, name);
        self.numbers(&[size, kind as u8]);
        offset
    }

    /// A declared struct with its typedef, which is what others refer to. Fields: name, offset, type.
    fn strukt(&mut self, name: &str, size: u8, fields: &[(&str, u8, u32)]) -> u32 {
        let offset = self.entry(STRUCT, name);
        self.numbers(&[size, Kind::Struct as u8]);
        for (name, at, typ) in fields {
            self.entry(MEMBER, name.trim_start_matches('+'));
            self.numbers(&[*at]);
            self.reference(*typ);
            self.numbers(&[u8::from(name.starts_with('+'))]);
        }
        self.numbers(&[0]);
        let typedef = self.entry(TYPEDEF, name);
        self.reference(offset);
        typedef
    }

    fn pointer(&mut self, name: &str, elem: u32) -> u32 {
        let offset = self.entry(POINTER, name);
        self.reference(elem);
        self.numbers(&[Kind::Pointer as u8]);
        offset
    }

    fn array(&mut self, name: &str, elem: u32, size: u8, len: u8) -> u32 {
        let offset = self.entry(ARRAY, name);
        self.reference(elem);
        self.numbers(&[size, Kind::Array as u8, RANGE, len, 0]);
        offset
    }

    /// Opens a unit, with room for its length.
    fn unit(&mut self, name: &str) -> usize {
        let start = self.bytes.len();
        self.numbers(&[0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8]);
        self.entry(UNIT, name);
        self.numbers(&[0x16]);
        start
    }

    fn end_unit(&mut self, start: usize) {
        self.numbers(&[0]);
        let length = (self.bytes.len() - start - 4) as u32;
        self.bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

fn abbreviations() -> Vec<u8> {
    let mut bytes = Vec::new();
    for abbreviation in ABBREVIATIONS {
        bytes.extend_from_slice(abbreviation);
        bytes.extend_from_slice(&[0, 0]);
    }
    bytes.push(0);
    bytes
}

/// A 64-bit ELF of nothing but these sections.
fn elf(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut names = vec![0];
    let mut bodies: Vec<(usize, &[u8])> = Vec::new();
    for (name, body) in sections {
        bodies.push((names.len(), body));
        names.extend_from_slice(name.as_bytes());
        names.push(0);
    }
    let own_name = names.len();
    names.extend_from_slice(b".shstrtab\0");
    bodies.push((own_name, &names));
    let mut data: Vec<u8> = vec![0; 64];
    let mut headers: Vec<u8> = vec![0; 64];
    for (index, (name, body)) in bodies.iter().enumerate() {
        let offset = data.len() as u64;
        data.extend_from_slice(body);
        let kind: u32 = if index + 1 == bodies.len() { 3 } else { 1 };
        headers.extend_from_slice(&(*name as u32).to_le_bytes());
        headers.extend_from_slice(&kind.to_le_bytes());
        for word in [0, 0, offset, body.len() as u64, 0, 1, 0] {
            headers.extend_from_slice(&word.to_le_bytes());
        }
    }
    let table = data.len() as u64;
    data.extend_from_slice(&headers);
    let count = bodies.len() as u16 + 1;
    data[..20].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0");
    data[20] = 1;
    data[40..48].copy_from_slice(&table.to_le_bytes());
    data[52..54].copy_from_slice(&64_u16.to_le_bytes());
    data[58..60].copy_from_slice(&64_u16.to_le_bytes());
    data[60..62].copy_from_slice(&count.to_le_bytes());
    data[62..64].copy_from_slice(&(count - 1).to_le_bytes());
    data
}

/// A program's debug information with one type of each kind that matters.
fn program() -> Vec<u8> {
    let mut info = Info::default();
    let main = info.unit("main");
    info.entry(FUNCTION, "main.main");
    info.numbers(&[0]);
    info.end_unit(main);
    let runtime = info.unit("runtime");
    let boolean = info.base("bool", 1, Kind::Bool);
    let int64 = info.base("int64", 8, Kind::Int64);
    let nih = info.strukt("internal/runtime/sys.nih", 0, &[]);
    let hidden = info.strukt("runtime.mspan", 8, &[("_", 0, nih), ("n", 0, int64)]);
    let to_hidden = info.pointer("*runtime.mspan", hidden);
    let to_int = info.pointer("*int64", int64);
    let base = info.strukt(
        "a.b/x%2ev3.Base",
        16,
        &[("ok", 0, boolean), ("p", 8, to_int)],
    );
    let bases = info.array("[3]a.b/x%2ev3.Base", base, 48, 3);
    let slice = info.entry(SLICE, "[]int64");
    info.numbers(&[24, Kind::Slice as u8]);
    info.reference(int64);
    info.numbers(&[0]);
    info.strukt(
        "main.T[int64]",
        112,
        &[
            ("+Base", 0, base),
            ("all", 16, bases),
            ("flag", 64, boolean),
            ("list", 72, slice),
            ("span", 96, to_hidden),
            ("_", 104, boolean),
        ],
    );
    info.end_unit(runtime);
    elf(&[
        (".debug_abbrev", &abbreviations()),
        (".debug_info", &info.bytes),
    ])
}

/// One line per struct and field.
fn text(types: &Types) -> String {
    let mut text = String::new();
    for strukt in types.structs() {
        let Type {
            name,
            size,
            align,
            ptrdata,
            ..
        } = strukt;
        text += &format!("{name} size {size} align {align} ptrdata {ptrdata}\n");
        for field in &strukt.fields {
            let typ = field.typ.map_or("?", |typ| &types.types[typ].name);
            let embedded = if field.embedded { " embedded" } else { "" };
            text += &format!("  {:>3} {} {typ}{embedded}\n", field.offset, field.name);
        }
    }
    text
}

#[test]
fn structs_are_read_from_dwarf() {
    let binary = Binary::open(program()).unwrap();
    let types = binary.dwarf_types().unwrap();
    assert!(!types.cut_short);
    insta::assert_snapshot!(text(&types), @r"
    internal/runtime/sys.nih size 0 align 1 ptrdata 0
    runtime.mspan size 8 align 8 ptrdata 0
        0 _ internal/runtime/sys.nih
        0 n int64
    a.b/x.v3.Base size 16 align 8 ptrdata 16
        0 ok bool
        8 p *int64
    main.T[int64] size 112 align 8 ptrdata 80
        0 Base a.b/x.v3.Base embedded
       16 all [3]a.b/x.v3.Base
       64 flag bool
       72 list []int64
       96 span *runtime.mspan
      104 _ bool
    ");
}

#[test]
fn every_prefix_and_broken_byte_gives_an_answer() {
    let whole = program();
    for len in 0..whole.len() {
        if let Ok(binary) = Binary::open(whole[..len].to_vec()) {
            binary.dwarf_types();
        }
    }
    for (index, byte) in (64..whole.len()).flat_map(|index| [(index, 0xff), (index, 0x01)]) {
        let mut broken = whole.clone();
        broken[index] = byte;
        if let Ok(binary) = Binary::open(broken) {
            binary.dwarf_types();
        }
    }
}

#[test]
fn files_without_debug_information_have_no_types() {
    let binary = Binary::open(elf(&[(".text", &[0x90])])).unwrap();
    assert!(binary.dwarf_types().is_none());
}
