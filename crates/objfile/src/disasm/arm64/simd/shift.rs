//! Shifts by an immediate, and vectors of one immediate.

use super::{BHS, BHSD, D, S, scalar_reg, vector};
use crate::disasm::arm64::scalar_float::expand;
use crate::disasm::arm64::{Arg, Class, Inst, Word, make};

pub(super) fn decode(word: Word, scalar: bool) -> Option<Inst> {
    let immh = word.bits(19, 4);
    if immh == 0 {
        return (!scalar && !word.bit(31)).then(|| modified_immediate(word))?;
    }
    let size = immh.ilog2();
    let shift = word.bits(16, 7);
    let (left, right) = (shift - (8 << size), (16 << size) - shift);
    let (opcode, u) = (word.bits(11, 5), word.bits(29, 1));
    match opcode {
        16..=19 => return narrow(word, scalar, size, right),
        20 => return (!scalar).then(|| long(word, size, left))?,
        28 | 31 => return fixed_point(word, scalar, size, right),
        _ => {}
    }
    let (op, vectors, scalars, amount) = match (opcode, u) {
        (0, 0) => ("SSHR", BHSD, D, right),
        (0, 1) => ("USHR", BHSD, D, right),
        (2, 0) => ("SSRA", BHSD, D, right),
        (2, 1) => ("USRA", BHSD, D, right),
        (4, 0) => ("SRSHR", BHSD, D, right),
        (4, 1) => ("URSHR", BHSD, D, right),
        (6, 0) => ("SRSRA", BHSD, D, right),
        (6, 1) => ("URSRA", BHSD, D, right),
        (8, 1) => ("SRI", BHSD, D, right),
        (10, 0) => ("SHL", BHSD, D, left),
        (10, 1) => ("SLI", BHSD, D, left),
        (12, 1) => ("SQSHLU", BHSD, BHSD, left),
        (14, 0) => ("SQSHL", BHSD, BHSD, left),
        (14, 1) => ("UQSHL", BHSD, BHSD, left),
        _ => return None,
    };
    let sizes = if scalar { scalars } else { vectors };
    if sizes >> size & 1 == 0 || !scalar && size == 3 && !word.bit(30) {
        return None;
    }
    let mut args = [0, 5]
        .map(|low| super::operand(word, low, size, scalar))
        .to_vec();
    args.push(Arg::Imm(amount));
    make(op, args)
}

fn narrow(word: Word, scalar: bool, size: u32, amount: u32) -> Option<Inst> {
    let (q, u) = (word.bits(30, 1), word.bits(29, 1));
    let (names, has_scalar) = match (word.bits(11, 5), u) {
        (16, 0) => (["SHRN", "SHRN2"], false),
        (17, 0) => (["RSHRN", "RSHRN2"], false),
        (16, 1) => (["SQSHRUN", "SQSHRUN2"], true),
        (17, 1) => (["SQRSHRUN", "SQRSHRUN2"], true),
        (18, 0) => (["SQSHRN", "SQSHRN2"], true),
        (18, 1) => (["UQSHRN", "UQSHRN2"], true),
        (19, 0) => (["SQRSHRN", "SQRSHRN2"], true),
        (19, 1) => (["UQRSHRN", "UQRSHRN2"], true),
        _ => return None,
    };
    if BHS >> size & 1 == 0 || scalar && !has_scalar {
        return None;
    }
    let (dest, source) = (word.reg(0), word.reg(5));
    if scalar {
        let args = vec![
            scalar_reg(dest, size),
            scalar_reg(source, size + 1),
            Arg::Imm(amount),
        ];
        return make(names[0], args);
    }
    let args = vec![
        vector(dest, size, q),
        vector(source, size + 1, 1),
        Arg::Imm(amount),
    ];
    make(names[q as usize], args)
}

fn long(word: Word, size: u32, amount: u32) -> Option<Inst> {
    let (q, u) = (word.bits(30, 1), word.bits(29, 1));
    if BHS >> size & 1 == 0 {
        return None;
    }
    let mut args = vec![
        vector(word.reg(0), size + 1, 1),
        vector(word.reg(5), size, q),
    ];
    if amount == 0 {
        let names = [["SXTL", "SXTL2"], ["UXTL", "UXTL2"]];
        return make(names[u as usize][q as usize], args);
    }
    args.push(Arg::Imm(amount));
    let names = [["SSHLL", "SSHLL2"], ["USHLL", "USHLL2"]];
    make(names[u as usize][q as usize], args)
}

fn fixed_point(word: Word, scalar: bool, size: u32, bits: u32) -> Option<Inst> {
    let op = match (word.bits(11, 5), word.bits(29, 1)) {
        (28, 0) => "SCVTF",
        (28, 1) => "UCVTF",
        (31, 0) => "FCVTZS",
        (31, _) => "FCVTZU",
        _ => return None,
    };
    if (S | D) >> size & 1 == 0 || !scalar && size == 3 && !word.bit(30) {
        return None;
    }
    let mut args = [0, 5]
        .map(|low| super::operand(word, low, size, scalar))
        .to_vec();
    args.push(Arg::Imm(bits));
    make(op, args)
}

fn modified_immediate(word: Word) -> Option<Inst> {
    if word.bit(11) {
        return None;
    }
    let (q, op, cmode) = (word.bits(30, 1), word.bit(29), word.bits(12, 4));
    let imm = word.bits(16, 3) << 5 | word.bits(5, 5);
    let n = word.reg(0);
    let names = match (cmode, op) {
        (0b1110, false) => return make("MOVI", vec![vector(n, 0, q), Arg::Imm(imm)]),
        (0b1110, true) => {
            let byte = |at: u32| {
                if imm >> at & 1 == 1 {
                    0xff_u64 << (8 * at)
                } else {
                    0
                }
            };
            let value = Arg::Imm64((0..8).map(byte).sum());
            let dest = if q == 1 {
                vector(n, 3, 1)
            } else {
                Arg::Reg(Class::D, n)
            };
            return make("MOVI", vec![dest, value]);
        }
        (0b1111, op) => {
            if op && q == 0 {
                return None;
            }
            return make(
                "FMOV",
                vec![vector(n, 2 + u32::from(op), q), Arg::Float(expand(imm))],
            );
        }
        // Ones are shifted in.
        (0b1100 | 0b1101, op) => {
            let name = if op { "MVNI" } else { "MOVI" };
            // arm64asm marks them by adding 128 to the shift, and prints that, too.
            let shift = if cmode & 1 == 1 { 16 } else { 8 };
            return make(name, vec![vector(n, 2, q), Arg::ImmShift(imm, 128 + shift)]);
        }
        (cmode, false) if cmode & 1 == 0 => "MOVI",
        (cmode, true) if cmode & 1 == 0 => "MVNI",
        (_, false) => "ORR",
        (_, true) => "BIC",
    };
    let halves = cmode & 0b1000 != 0;
    let shift = if halves {
        cmode >> 1 & 1
    } else {
        cmode >> 1 & 3
    } * 8;
    let size = if halves { 1 } else { 2 };
    make(names, vec![vector(n, size, q), Arg::ImmShift(imm, shift)])
}
