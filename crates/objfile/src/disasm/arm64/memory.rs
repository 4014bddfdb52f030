//! Loads and stores.

use super::{Arg, Class, Inst, Mode, Word, gpr, make, simd_memory};

pub(super) fn decode(word: Word) -> Option<Inst> {
    match () {
        () if word.is(0x3f00_0000, 0x0800_0000) => exclusive(word),
        () if word.is(0x3b00_0000, 0x1800_0000) => literal(word),
        () if word.is(0x3a00_0000, 0x2800_0000) => pair(word),
        () if word.is(0x3b00_0000, 0x3800_0000) => register(word),
        () if word.is(0x3b00_0000, 0x3900_0000) => {
            let access = Access::read(word)?;
            let offset = i64::from(word.bits(10, 12)) << access.scale;
            let mem = Arg::Mem {
                base: word.reg(5),
                mode: Mode::Offset,
                offset,
            };
            make(access.name, vec![access.target(word), mem])
        }
        () if word.is(0xbe00_0000, 0x0c00_0000) => simd_memory::decode(word),
        () => None,
    }
}

fn plain(word: Word) -> Arg {
    Arg::Mem {
        base: word.reg(5),
        mode: Mode::Offset,
        offset: 0,
    }
}

/// Registers a form has no use for should be 31; like arm64asm we do not ask.
fn exclusive(word: Word) -> Option<Inst> {
    let size = word.bits(30, 2);
    let (ordered, load) = (word.bit(15), word.bit(22));
    let target = gpr(size == 3, word.reg(0));
    let second = gpr(size == 3, word.reg(10));
    let status = gpr(false, word.reg(16));
    let by_size = |names: [&'static str; 3]| match size {
        0 => names[1],
        1 => names[2],
        _ => names[0],
    };
    match (word.bit(23), word.bit(21), load) {
        (false, false, false) => {
            let names = if ordered {
                ["STLXR", "STLXRB", "STLXRH"]
            } else {
                ["STXR", "STXRB", "STXRH"]
            };
            make(by_size(names), vec![status, target, plain(word)])
        }
        (false, false, true) => {
            let names = if ordered {
                ["LDAXR", "LDAXRB", "LDAXRH"]
            } else {
                ["LDXR", "LDXRB", "LDXRH"]
            };
            make(by_size(names), vec![target, plain(word)])
        }
        (false, true, false) if size >= 2 => {
            let op = if ordered { "STLXP" } else { "STXP" };
            make(op, vec![status, target, second, plain(word)])
        }
        (false, true, true) if size >= 2 => {
            let op = if ordered { "LDAXP" } else { "LDXP" };
            make(op, vec![target, second, plain(word)])
        }
        (true, false, load) if ordered => {
            let names = if load {
                ["LDAR", "LDARB", "LDARH"]
            } else {
                ["STLR", "STLRB", "STLRH"]
            };
            make(by_size(names), vec![target, plain(word)])
        }
        _ => None,
    }
}

fn literal(word: Word) -> Option<Inst> {
    let place = Arg::PcRel(word.signed(5, 19) * 4);
    let n = word.reg(0);
    let (op, target) = match (word.bit(26), word.bits(30, 2)) {
        (false, 0) => ("LDR", gpr(false, n)),
        (false, 1) => ("LDR", gpr(true, n)),
        (false, 2) => ("LDRSW", gpr(true, n)),
        (false, _) => ("PRFM", prefetch(n)),
        (true, 0) => ("LDR", Arg::Reg(Class::S, n)),
        (true, 1) => ("LDR", Arg::Reg(Class::D, n)),
        (true, 2) => ("LDR", Arg::Reg(Class::Q, n)),
        (true, _) => return None,
    };
    make(op, vec![target, place])
}

fn pair(word: Word) -> Option<Inst> {
    let (vector, load, opc) = (word.bit(26), word.bit(22), word.bits(30, 2));
    let (class, scale) = match (vector, opc) {
        (false, 0) => (Class::W, 2),
        (false, 1) => (Class::X, 2),
        (false, 2) => (Class::X, 3),
        (true, 0) => (Class::S, 2),
        (true, 1) => (Class::D, 3),
        (true, 2) => (Class::Q, 4),
        _ => return None,
    };
    let signed_words = !vector && opc == 1;
    let (mode, no_temporal) = match word.bits(23, 2) {
        0 => (Mode::Offset, true),
        1 => (Mode::Post, false),
        2 => (Mode::Offset, false),
        _ => (Mode::Pre, false),
    };
    let op = match (load, no_temporal, signed_words) {
        (true, false, true) => "LDPSW",
        (_, _, true) => return None,
        (true, true, _) => "LDNP",
        (true, false, _) => "LDP",
        (false, true, _) => "STNP",
        (false, false, _) => "STP",
    };
    let offset = word.signed(15, 7) << scale;
    let mem = Arg::Mem {
        base: word.reg(5),
        mode,
        offset,
    };
    make(
        op,
        vec![
            Arg::Reg(class, word.reg(0)),
            Arg::Reg(class, word.reg(10)),
            mem,
        ],
    )
}

/// What a load or store of one register moves.
struct Access {
    name: &'static str,
    /// `None` for a prefetch.
    class: Option<Class>,
    /// Log2 of the bytes.
    scale: u32,
}

impl Access {
    fn read(word: Word) -> Option<Access> {
        let (size, opc) = (word.bits(30, 2), word.bits(22, 2));
        let access = |name, class, scale| {
            Some(Access {
                name,
                class: Some(class),
                scale,
            })
        };
        if word.bit(26) {
            let name = if opc & 1 == 1 { "LDR" } else { "STR" };
            return match (size, opc >> 1) {
                (0, 1) => access(name, Class::Q, 4),
                (size, 0) => {
                    let class = [Class::B, Class::H, Class::S, Class::D][size as usize];
                    access(name, class, size)
                }
                _ => None,
            };
        }
        match (size, opc) {
            (0, 0) => access("STRB", Class::W, 0),
            (0, 1) => access("LDRB", Class::W, 0),
            (0, 2) => access("LDRSB", Class::X, 0),
            (0, _) => access("LDRSB", Class::W, 0),
            (1, 0) => access("STRH", Class::W, 1),
            (1, 1) => access("LDRH", Class::W, 1),
            (1, 2) => access("LDRSH", Class::X, 1),
            (1, _) => access("LDRSH", Class::W, 1),
            (2, 0) => access("STR", Class::W, 2),
            (2, 1) => access("LDR", Class::W, 2),
            (2, 2) => access("LDRSW", Class::X, 2),
            (3, 0) => access("STR", Class::X, 3),
            (3, 1) => access("LDR", Class::X, 3),
            (3, 2) => Some(Access {
                name: "PRFM",
                class: None,
                scale: 3,
            }),
            _ => None,
        }
    }

    fn target(&self, word: Word) -> Arg {
        match self.class {
            Some(class) => Arg::Reg(class, word.reg(0)),
            None => prefetch(word.reg(0)),
        }
    }

    /// The name with an unscaled offset, or with the rights of user code.
    fn renamed(&self, infix: char) -> Option<&'static str> {
        const NAMES: [(&str, &str, &str); 9] = [
            ("STRB", "STURB", "STTRB"),
            ("LDRB", "LDURB", "LDTRB"),
            ("LDRSB", "LDURSB", "LDTRSB"),
            ("STRH", "STURH", "STTRH"),
            ("LDRH", "LDURH", "LDTRH"),
            ("LDRSH", "LDURSH", "LDTRSH"),
            ("STR", "STUR", "STTR"),
            ("LDR", "LDUR", "LDTR"),
            ("LDRSW", "LDURSW", "LDTRSW"),
        ];
        if self.class.is_none() {
            return (infix == 'U').then_some("PRFUM");
        }
        let (_, unscaled, user) = NAMES.iter().find(|(name, _, _)| *name == self.name)?;
        Some(if infix == 'U' { unscaled } else { user })
    }
}

/// Offset of nine bits, or a register as offset.
fn register(word: Word) -> Option<Inst> {
    let access = Access::read(word)?;
    let target = access.target(word);
    let base = word.reg(5);
    if word.bit(21) {
        if word.bits(10, 2) != 2 {
            return None;
        }
        let extend = match word.bits(13, 3) {
            2 => "UXTW",
            3 => "",
            6 => "SXTW",
            7 => "SXTX",
            _ => return None,
        };
        let byte = access.scale == 0;
        let shift = if word.bit(12) {
            access.scale.max(u32::from(byte))
        } else {
            0
        };
        let mem = Arg::MemIndex {
            base,
            index: word.reg(16),
            extend,
            shift,
            byte,
        };
        return make(access.name, vec![target, mem]);
    }
    let offset = word.signed(12, 9);
    let (name, mode) = match word.bits(10, 2) {
        0 => (access.renamed('U')?, Mode::Offset),
        2 if !word.bit(26) => (access.renamed('T')?, Mode::Offset),
        1 if access.class.is_some() => (access.name, Mode::Post),
        3 if access.class.is_some() => (access.name, Mode::Pre),
        _ => return None,
    };
    make(name, vec![target, Arg::Mem { base, mode, offset }])
}

/// `PLDL1KEEP` and so on, or the number.
fn prefetch(n: u8) -> Arg {
    let kind = ["PLD", "PLI", "PST"].get(usize::from(n >> 3));
    let level = ["L1", "L2", "L3"].get(usize::from(n >> 1 & 3));
    let policy = if n & 1 == 0 { "KEEP" } else { "STRM" };
    match (kind, level) {
        (Some(kind), Some(level)) => Arg::Text(format!("{kind}{level}{policy}")),
        _ => Arg::Imm(u32::from(n)),
    }
}
