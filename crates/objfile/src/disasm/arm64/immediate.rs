//! Data processing with an immediate operand.

use super::{Arg, Inst, Word, gpr, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    match word.bits(23, 6) {
        0b10_0000 | 0b10_0001 => {
            let offset = word.signed(5, 19) << 2 | i64::from(word.bits(29, 2));
            let page = word.bit(31);
            let offset = if page { offset << 12 } else { offset };
            let op = if page { "ADRP" } else { "ADR" };
            make(op, vec![gpr(true, word.reg(0)), Arg::PcRel(offset)])
        }
        0b10_0010 | 0b10_0011 => add_sub(word),
        0b10_0100 => logical(word),
        0b10_0101 => move_wide(word),
        0b10_0110 => bitfield(word),
        0b10_0111 => extract(word),
        _ => None,
    }
}

fn add_sub(word: Word) -> Option<Inst> {
    let shift = match word.bits(22, 2) {
        0 => 0,
        1 => 12,
        _ => return None,
    };
    let value = word.bits(10, 12);
    let imm = Arg::ImmShift(value, shift);
    let flags = word.bit(29);
    let subtract = word.bit(30);
    let sp_involved = word.is_zr(0) || word.is_zr(5);
    if !flags && !subtract && value == 0 && shift == 0 && sp_involved {
        return make("MOV", vec![word.gpr_sp(0), word.gpr_sp(5)]);
    }
    if flags && word.is_zr(0) {
        return make(
            if subtract { "CMP" } else { "CMN" },
            vec![word.gpr_sp(5), imm],
        );
    }
    let op = match (subtract, flags) {
        (false, false) => "ADD",
        (false, true) => "ADDS",
        (true, false) => "SUB",
        (true, true) => "SUBS",
    };
    let dest = if flags { word.gpr(0) } else { word.gpr_sp(0) };
    make(op, vec![dest, word.gpr_sp(5), imm])
}

fn logical(word: Word) -> Option<Inst> {
    let imm = Arg::Imm64(bitmask(word)?);
    let op = word.bits(29, 2);
    if op == 1 && word.is_zr(5) && !move_wide_preferred(word) {
        return make("MOV", vec![word.gpr_sp(0), imm]);
    }
    if op == 3 && word.is_zr(0) {
        return make("TST", vec![word.gpr(5), imm]);
    }
    let dest = if op == 3 { word.gpr(0) } else { word.gpr_sp(0) };
    make(
        ["AND", "ORR", "EOR", "ANDS"][op as usize],
        vec![dest, word.gpr(5), imm],
    )
}

/// The pattern that N, immr and imms stand for: a run of ones, rotated, repeated.
fn bitmask(word: Word) -> Option<u64> {
    let (n, immr, imms) = (word.bits(22, 1), word.bits(16, 6), word.bits(10, 6));
    if n == 1 && !word.wide() {
        return None;
    }
    let len = (n << 6 | !imms & 0x3f)
        .checked_ilog2()
        .filter(|len| *len > 0)?;
    let size = 1_u32 << len;
    let (ones, rotate) = (imms & (size - 1), immr & (size - 1));
    let mask = if size == 64 {
        u64::MAX
    } else {
        (1 << size) - 1
    };
    let run = if ones == 63 {
        u64::MAX
    } else {
        (1_u64 << (ones + 1)) - 1
    };
    let element = (run >> rotate | run.unbounded_shl(size - rotate)) & mask;
    let width = if word.wide() { 64 } else { 32 };
    Some(
        (0..width)
            .step_by(size as usize)
            .fold(0, |all, at| all | element << at),
    )
}

/// Whether MOVZ or MOVN could make the same value, so that ORR is not shown as MOV.
fn move_wide_preferred(word: Word) -> bool {
    let (wide, n, immr, imms) = (
        word.wide(),
        word.bits(22, 1),
        word.bits(16, 6),
        word.bits(10, 6),
    );
    let width = if wide { 64 } else { 32 };
    if wide && n != 1 || !wide && (n != 0 || imms & 0x20 != 0) {
        return false;
    }
    if imms < 16 {
        return (immr.wrapping_neg() & 15) <= 15 - imms;
    }
    imms >= width - 15 && (immr & 15) <= imms - (width - 15)
}

fn move_wide(word: Word) -> Option<Inst> {
    let (value, shift) = (word.bits(5, 16), word.bits(21, 2) * 16);
    if !word.wide() && shift > 16 {
        return None;
    }
    let dest = word.gpr(0);
    let shifted = u64::from(value) << shift;
    let plain = value != 0 || shift == 0;
    match word.bits(29, 2) {
        0 if plain && (word.wide() || value != 0xffff) => {
            let inverse = if word.wide() {
                !shifted
            } else {
                !shifted & 0xffff_ffff
            };
            make("MOV", vec![dest, Arg::Imm64(inverse)])
        }
        2 if plain => make("MOV", vec![dest, Arg::Imm64(shifted)]),
        op @ (0 | 2 | 3) => make(
            ["MOVN", "", "MOVZ", "MOVK"][op as usize],
            vec![dest, Arg::ImmShift(value, shift)],
        ),
        _ => None,
    }
}

fn bitfield(word: Word) -> Option<Inst> {
    let wide = word.wide();
    let op = word.bits(29, 2);
    let (immr, imms) = (word.bits(16, 6), word.bits(10, 6));
    let width = if wide { 64 } else { 32 };
    if op == 3 || word.bit(22) != wide || immr >= width || imms >= width {
        return None;
    }
    let (dest, source) = (word.gpr(0), word.gpr(5));
    let imms_is_last = imms == width - 1;
    let extension = match (op, immr, imms) {
        (0, 0, 7) => Some("SXTB"),
        (0, 0, 15) => Some("SXTH"),
        (0, 0, 31) if wide => Some("SXTW"),
        (2, 0, 7) if !wide => Some("UXTB"),
        (2, 0, 15) if !wide => Some("UXTH"),
        _ => None,
    };
    if let Some(op) = extension {
        return make(op, vec![dest, gpr(false, word.reg(5))]);
    }
    if op == 2 && !imms_is_last && imms + 1 == immr {
        return make("LSL", vec![dest, source, Arg::Imm(width - immr)]);
    }
    if op != 1 && imms_is_last {
        let op = if op == 0 { "ASR" } else { "LSR" };
        return make(op, vec![dest, source, Arg::Imm(immr)]);
    }
    if op == 1 && imms < immr && word.is_zr(5) {
        return make("BFM", vec![dest, source, Arg::Imm(immr), Arg::Imm(imms)]);
    }
    let (name, lsb, count) = if imms < immr {
        (["SBFIZ", "BFI", "UBFIZ"], width - immr, imms + 1)
    } else {
        (["SBFX", "BFXIL", "UBFX"], immr, imms - immr + 1)
    };
    make(
        name.get(op as usize)?,
        vec![dest, source, Arg::Imm(lsb), Arg::Imm(count)],
    )
}

fn extract(word: Word) -> Option<Inst> {
    let amount = word.bits(10, 6);
    let wide = word.wide();
    if word.bits(29, 2) != 0 || word.bit(22) != wide || word.bit(21) || !wide && amount > 31 {
        return None;
    }
    let amount = Arg::Imm(amount);
    if word.reg(5) == word.reg(16) {
        return make("ROR", vec![word.gpr(0), word.gpr(5), amount]);
    }
    make("EXTR", vec![word.gpr(0), word.gpr(5), word.gpr(16), amount])
}
