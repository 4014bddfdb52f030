//! Arithmetic with one lane of a vector as the second source.

use super::{scalar_reg, vector};
use crate::disasm::arm64::{Arg, Inst, Word, make};

pub(super) fn decode(word: Word, scalar: bool) -> Option<Inst> {
    let (opcode, u, q) = (word.bits(12, 4), word.bits(29, 1), word.bits(30, 1));
    let float = match (opcode, u) {
        (1, 0) => Some("FMLA"),
        (5, 0) => Some("FMLS"),
        (9, 0) => Some("FMUL"),
        (9, 1) => Some("FMULX"),
        _ => None,
    };
    if let Some(op) = float {
        return with_float(word, scalar, op);
    }
    // Whether the result is twice as wide, and whether there is a scalar form.
    let (names, long, has_scalar) = match (opcode, u) {
        (0, 1) => (["MLA", "MLA"], false, false),
        (4, 1) => (["MLS", "MLS"], false, false),
        (8, 0) => (["MUL", "MUL"], false, false),
        (12, 0) => (["SQDMULH", "SQDMULH"], false, true),
        (13, 0) => (["SQRDMULH", "SQRDMULH"], false, true),
        (2, 0) => (["SMLAL", "SMLAL2"], true, false),
        (2, 1) => (["UMLAL", "UMLAL2"], true, false),
        (6, 0) => (["SMLSL", "SMLSL2"], true, false),
        (6, 1) => (["UMLSL", "UMLSL2"], true, false),
        (10, 0) => (["SMULL", "SMULL2"], true, false),
        (10, 1) => (["UMULL", "UMULL2"], true, false),
        (3, 0) => (["SQDMLAL", "SQDMLAL2"], true, true),
        (7, 0) => (["SQDMLSL", "SQDMLSL2"], true, true),
        (11, 0) => (["SQDMULL", "SQDMULL2"], true, true),
        _ => return None,
    };
    let size = word.bits(22, 2);
    let (high, low) = (word.bits(11, 1), word.bits(21, 1));
    if scalar && !has_scalar {
        return None;
    }
    let lane = match size {
        1 => Arg::Lane {
            n: word.bits(16, 4) as u8,
            arrangement: "H",
            index: high << 2 | low << 1 | word.bits(20, 1),
            count: 0,
        },
        2 => Arg::Lane {
            n: word.reg(16),
            arrangement: "S",
            index: high << 1 | low,
            count: 0,
        },
        _ => return None,
    };
    let (dest, source) = (word.reg(0), word.reg(5));
    let wider = size + u32::from(long);
    if scalar {
        return make(
            names[0],
            vec![scalar_reg(dest, wider), scalar_reg(source, size), lane],
        );
    }
    let full = if long { 1 } else { q };
    make(
        names[q as usize],
        vec![vector(dest, wider, full), vector(source, size, q), lane],
    )
}

fn with_float(word: Word, scalar: bool, op: &'static str) -> Option<Inst> {
    if !word.bit(23) || !super::float_vector(word, scalar) {
        return None;
    }
    let double = word.bit(22);
    let (h, l) = (word.bits(11, 1), word.bits(21, 1));
    if double && l == 1 {
        return None;
    }
    let (arrangement, index) = if double { ("D", h) } else { ("S", h << 1 | l) };
    let lane = Arg::Lane {
        n: word.reg(16),
        arrangement,
        index,
        count: 0,
    };
    let size = super::float_size(word);
    let mut args = [0, 5]
        .map(|low| super::operand(word, low, size, scalar))
        .to_vec();
    args.push(lane);
    make(op, args)
}
