//! arm64: our own decoder, printed in Go's syntax by the rules of golang.org/x/arch
//! arm64/arm64asm, as vendored by go1.27.3.
//!
//! An instruction is decoded by its class (the groups of the A64 encoding index, one file each)
//! into a name and operands in Arm's order; [`format`] turns these into Go's. Instructions that
//! arm64asm does not know (LSE atomics, SVE, pointer authentication …) are `?` here, too.

mod branch;
mod format;
mod immediate;
mod memory;
mod register;
mod scalar_float;
mod simd;
mod simd_memory;

use super::Lookup;

/// One instruction as text, and its size.
pub(super) fn decode(code: &[u8], pc: u64, lookup: Lookup<'_, '_>) -> (String, usize) {
    let Some(word) = code.first_chunk::<4>() else {
        return ("?".to_owned(), 4);
    };
    let text = match inst(Word(u32::from_le_bytes(*word))) {
        Some(inst) => format::go_syntax(&inst, pc, lookup),
        None => "?".to_owned(),
    };
    (text, 4)
}

fn inst(word: Word) -> Option<Inst> {
    match word.bits(25, 4) {
        0b1000 | 0b1001 => immediate::decode(word),
        0b1010 | 0b1011 => branch::decode(word),
        0b0100 | 0b0110 | 0b1100 | 0b1110 => memory::decode(word),
        0b0101 | 0b1101 => register::decode(word),
        0b0111 | 0b1111 => scalar_float::decode(word).or_else(|| simd::decode(word)),
        _ => None,
    }
}

/// An instruction's 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Word(u32);

impl Word {
    /// `count` bits from bit `low` on.
    fn bits(self, low: u32, count: u32) -> u32 {
        self.0 >> low & ((1 << count) - 1)
    }

    fn bit(self, at: u32) -> bool {
        self.bits(at, 1) == 1
    }

    /// The same, as a signed number.
    fn signed(self, low: u32, count: u32) -> i64 {
        let shift = 64 - count;
        (i64::from(self.bits(low, count)) << shift) >> shift
    }

    /// Whether the bits under `mask` are `value`.
    fn is(self, mask: u32, value: u32) -> bool {
        self.0 & mask == value
    }

    /// The register number at bit `low`.
    fn reg(self, low: u32) -> u8 {
        self.bits(low, 5) as u8
    }

    /// Bit 31: 64-bit registers.
    fn wide(self) -> bool {
        self.bit(31)
    }

    /// A general register of the instruction's width, 31 being zero.
    fn gpr(self, low: u32) -> Arg {
        gpr(self.wide(), self.reg(low))
    }

    /// The same, 31 being the stack pointer.
    fn gpr_sp(self, low: u32) -> Arg {
        Arg::RegSp {
            wide: self.wide(),
            n: self.reg(low),
        }
    }

    fn is_zr(self, low: u32) -> bool {
        self.reg(low) == 31
    }
}

fn gpr(wide: bool, n: u8) -> Arg {
    Arg::Reg(if wide { Class::X } else { Class::W }, n)
}

#[derive(Clone, PartialEq, Debug)]
struct Inst {
    op: &'static str,
    args: Vec<Arg>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every caller is at its end and returns an option"
)]
fn make(op: &'static str, args: Vec<Arg>) -> Option<Inst> {
    Some(Inst { op, args })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Class {
    W,
    X,
    B,
    H,
    S,
    D,
    Q,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Offset,
    Pre,
    Post,
    /// Post-indexed by a register, whose number stands for the offset.
    PostReg,
}

#[derive(Clone, PartialEq, Debug)]
enum Arg {
    Reg(Class, u8),
    RegSp {
        wide: bool,
        n: u8,
    },
    Imm(u32),
    Imm64(u64),
    /// Printed `$(value<<shift)`.
    ImmShift(u32, u32),
    Float(f64),
    /// Bytes from the instruction.
    PcRel(i64),
    /// A register shifted: `<<`, `>>`, `->`, `@>`.
    Shifted(u8, &'static str, u32),
    /// A register extended: `UXTW` …, then shifted left.
    Extended(u8, &'static str, u32),
    Mem {
        base: u8,
        mode: Mode,
        offset: i64,
    },
    /// Base and index; `extend` is empty for a plain shift. `byte` accesses have no shift to show,
    /// but say so if the bit for it is set.
    MemIndex {
        base: u8,
        index: u8,
        extend: &'static str,
        shift: u32,
        byte: bool,
    },
    /// As encoded, after inversion.
    Cond(u32),
    /// One or several vectors: `V1.B16`, `[V1.B16, V2.B16]`. A count of 0 is not a list.
    Vector {
        n: u8,
        arrangement: &'static str,
        count: u8,
    },
    /// `V1.S[2]`.
    Lane {
        n: u8,
        arrangement: &'static str,
        index: u32,
        count: u8,
    },
    Text(String),
}
