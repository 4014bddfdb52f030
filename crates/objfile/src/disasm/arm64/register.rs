//! Data processing on registers.

use super::{Arg, Inst, Word, gpr, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    match word.bits(21, 8) {
        0b0101_0000..=0b0101_0111 => logical(word),
        0b0101_1000 | 0b0101_1010 | 0b0101_1100 | 0b0101_1110 => shifted(word),
        0b0101_1001 => extended(word),
        0b1101_0000 => with_carry(word),
        0b1101_0010 => conditional_compare(word),
        0b1101_0100 => conditional_select(word),
        0b1101_0110 if word.bit(30) => one_source(word),
        0b1101_0110 => two_sources(word),
        0b1101_1000..=0b1101_1111 => three_sources(word),
        _ => None,
    }
}

/// Rm with its shift; `None` if the amount is too large.
fn shifted_operand(word: Word, rotate: bool) -> Option<Arg> {
    let amount = word.bits(10, 6);
    let kind = word.bits(22, 2);
    if !word.wide() && amount > 31 || kind == 3 && !rotate {
        return None;
    }
    if kind == 0 && amount == 0 {
        return Some(word.gpr(16));
    }
    Some(Arg::Shifted(
        word.reg(16),
        ["<<", ">>", "->", "@>"][kind as usize],
        amount,
    ))
}

fn logical(word: Word) -> Option<Inst> {
    let operand = shifted_operand(word, true)?;
    let op = word.bits(29, 2) << 1 | word.bits(21, 1);
    let plain = word.bits(22, 2) == 0 && word.bits(10, 6) == 0;
    if op == 2 && word.is_zr(5) && plain {
        return make("MOV", vec![word.gpr(0), operand]);
    }
    if op == 3 && word.is_zr(5) {
        return make("MVN", vec![word.gpr(0), operand]);
    }
    if op == 6 && word.is_zr(0) {
        return make("TST", vec![word.gpr(5), operand]);
    }
    let op = ["AND", "BIC", "ORR", "ORN", "EOR", "EON", "ANDS", "BICS"][op as usize];
    make(op, vec![word.gpr(0), word.gpr(5), operand])
}

fn shifted(word: Word) -> Option<Inst> {
    let operand = shifted_operand(word, false)?;
    let (subtract, flags) = (word.bit(30), word.bit(29));
    if flags && word.is_zr(0) {
        return make(
            if subtract { "CMP" } else { "CMN" },
            vec![word.gpr(5), operand],
        );
    }
    if subtract && word.is_zr(5) {
        return make(
            if flags { "NEGS" } else { "NEG" },
            vec![word.gpr(0), operand],
        );
    }
    make(
        add_sub(subtract, flags),
        vec![word.gpr(0), word.gpr(5), operand],
    )
}

fn add_sub(subtract: bool, flags: bool) -> &'static str {
    match (subtract, flags) {
        (false, false) => "ADD",
        (false, true) => "ADDS",
        (true, false) => "SUB",
        (true, true) => "SUBS",
    }
}

fn extended(word: Word) -> Option<Inst> {
    let (subtract, flags) = (word.bit(30), word.bit(29));
    let (option, amount) = (word.bits(13, 3), word.bits(10, 3));
    if word.bits(22, 2) != 0 {
        return None;
    }
    // With the stack pointer around, the extension of full width is a plain shift.
    let full = if word.wide() { 3 } else { 2 };
    let with_sp = word.is_zr(5) || !flags && word.is_zr(0);
    let n = word.reg(16);
    let operand = if option == full && with_sp {
        if amount == 0 {
            Arg::Extended(n, "", 0)
        } else {
            Arg::Shifted(n, "<<", amount)
        }
    } else {
        let names = [
            "UXTB", "UXTH", "UXTW", "UXTX", "SXTB", "SXTH", "SXTW", "SXTX",
        ];
        Arg::Extended(n, names[option as usize], amount)
    };
    if flags && word.is_zr(0) {
        return make(
            if subtract { "CMP" } else { "CMN" },
            vec![word.gpr_sp(5), operand],
        );
    }
    let dest = if flags { word.gpr(0) } else { word.gpr_sp(0) };
    make(
        add_sub(subtract, flags),
        vec![dest, word.gpr_sp(5), operand],
    )
}

fn with_carry(word: Word) -> Option<Inst> {
    if word.bits(10, 6) != 0 {
        return None;
    }
    let op = word.bits(29, 2) as usize;
    if op >= 2 && word.is_zr(5) {
        return make(["", "", "NGC", "NGCS"][op], vec![word.gpr(0), word.gpr(16)]);
    }
    make(
        ["ADC", "ADCS", "SBC", "SBCS"][op],
        vec![word.gpr(0), word.gpr(5), word.gpr(16)],
    )
}

fn conditional_compare(word: Word) -> Option<Inst> {
    if !word.bit(29) || word.bit(10) || word.bit(4) {
        return None;
    }
    let op = if word.bit(30) { "CCMP" } else { "CCMN" };
    let operand = if word.bit(11) {
        Arg::Imm(word.bits(16, 5))
    } else {
        word.gpr(16)
    };
    let cond = Arg::Cond(word.bits(12, 4));
    make(
        op,
        vec![word.gpr(5), operand, Arg::Imm(word.bits(0, 4)), cond],
    )
}

fn conditional_select(word: Word) -> Option<Inst> {
    if word.bit(29) || word.bit(11) {
        return None;
    }
    let op = word.bits(30, 1) << 1 | word.bits(10, 1);
    let cond = word.bits(12, 4);
    let inverse = Arg::Cond(cond ^ 1);
    let real = cond < 14;
    let same = word.reg(5) == word.reg(16);
    let (both_zr, none_zr) = (same && word.is_zr(5), !word.is_zr(5) && !word.is_zr(16));
    let dest = word.gpr(0);
    match op {
        1 if real && both_zr => make("CSET", vec![dest, inverse]),
        2 if real && both_zr => make("CSETM", vec![dest, inverse]),
        1 if real && same && none_zr => make("CINC", vec![dest, word.gpr(5), inverse]),
        2 if real && same && none_zr => make("CINV", vec![dest, word.gpr(5), inverse]),
        3 if real && same => make("CNEG", vec![dest, word.gpr(5), inverse]),
        _ => {
            let op = ["CSEL", "CSINC", "CSINV", "CSNEG"][op as usize];
            make(op, vec![dest, word.gpr(5), word.gpr(16), Arg::Cond(cond)])
        }
    }
}

fn one_source(word: Word) -> Option<Inst> {
    if word.bit(29) || word.bits(16, 5) != 0 {
        return None;
    }
    let op = match (word.bits(10, 6), word.wide()) {
        (0, _) => "RBIT",
        (1, _) => "REV16",
        (2, false) | (3, true) => "REV",
        (2, true) => "REV32",
        (4, _) => "CLZ",
        (5, _) => "CLS",
        _ => return None,
    };
    make(op, vec![word.gpr(0), word.gpr(5)])
}

fn two_sources(word: Word) -> Option<Inst> {
    if word.bit(29) {
        return None;
    }
    let code = word.bits(10, 6);
    let op = match code {
        2 => "UDIV",
        3 => "SDIV",
        8 => "LSL",
        9 => "LSR",
        10 => "ASR",
        11 => "ROR",
        16..=23 if word.wide() == (code & 3 == 3) => {
            const CRC: [&str; 8] = [
                "CRC32B", "CRC32H", "CRC32W", "CRC32X", "CRC32CB", "CRC32CH", "CRC32CW", "CRC32CX",
            ];
            let dest = gpr(false, word.reg(0));
            let source = gpr(false, word.reg(5));
            return make(CRC[code as usize - 16], vec![dest, source, word.gpr(16)]);
        }
        _ => return None,
    };
    make(op, vec![word.gpr(0), word.gpr(5), word.gpr(16)])
}

fn three_sources(word: Word) -> Option<Inst> {
    let kind = word.bits(21, 3);
    if word.bits(29, 2) != 0 || kind != 0 && !word.wide() {
        return None;
    }
    let negative = word.bit(15);
    let names = match (kind, negative) {
        (0, false) => ["MADD", "MUL"],
        (0, true) => ["MSUB", "MNEG"],
        (1, false) => ["SMADDL", "SMULL"],
        (1, true) => ["SMSUBL", "SMNEGL"],
        (5, false) => ["UMADDL", "UMULL"],
        (5, true) => ["UMSUBL", "UMNEGL"],
        (2, false) => ["SMULH", "SMULH"],
        (6, false) => ["UMULH", "UMULH"],
        _ => return None,
    };
    let source = |low| gpr(word.wide() && kind & 3 != 1, word.reg(low));
    let (dest, left, right) = (word.gpr(0), source(5), source(16));
    if word.is_zr(10) || kind & 3 == 2 {
        return make(names[1], vec![dest, left, right]);
    }
    make(names[0], vec![dest, left, right, word.gpr(10)])
}
