//! Vector arithmetic and its scalar forms. One table per group of the encoding index.

mod element;
mod lanes;
mod shift;

use super::simd_memory::arrangement;
use super::{Arg, Class, Inst, Word, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    let scalar = match word.bits(28, 4) {
        0b0000 | 0b0010 | 0b0100 | 0b0110 => false,
        0b0101 | 0b0111 => true,
        _ => return None,
    };
    match () {
        // The scalar forms have bit 28 set; apart from that the groups lie at the same place.
        () if word.is(0x0f20_0400, 0x0e20_0400) => three_same(word, scalar),
        () if word.is(0x0f20_0c00, 0x0e20_0000) => three_different(word, scalar),
        () if word.is(0xff3e_0c00, 0x4e28_0800) || word.is(0xff3e_0c00, 0x5e28_0800) => {
            lanes::crypto_two(word)
        }
        () if word.is(0x0f3e_0c00, 0x0e20_0800) => two_misc(word, scalar),
        () if word.is(0x0f3e_0c00, 0x0e30_0800) => across(word, scalar),
        () if word.is(0x0f80_0400, 0x0f00_0400) => shift::decode(word, scalar),
        () if word.is(0x0f00_0400, 0x0f00_0000) => element::decode(word, scalar),
        () => lanes::decode(word, scalar),
    }
}

/// Vector `n` of the instruction's arrangement.
fn vector(n: u8, size: u32, q: u32) -> Arg {
    Arg::Vector {
        n,
        arrangement: arrangement(size, q),
        count: 0,
    }
}

/// The scalar register of 8 << size bits.
fn scalar_reg(n: u8, size: u32) -> Arg {
    Arg::Reg(
        [Class::B, Class::H, Class::S, Class::D][(size & 3) as usize],
        n,
    )
}

fn operand(word: Word, low: u32, size: u32, scalar: bool) -> Arg {
    let n = word.reg(low);
    if scalar {
        scalar_reg(n, size)
    } else {
        vector(n, size, word.bits(30, 1))
    }
}

/// Element sizes an instruction exists for, one bit each.
const B: u32 = 1;
const H: u32 = 2;
const S: u32 = 4;
const D: u32 = 8;
const BHS: u32 = B | H | S;
const BHSD: u32 = B | H | S | D;

/// Name with bit 29 clear and set, vector sizes, scalar sizes (0: no scalar form).
type Row = (&'static str, &'static str, u32, u32);

const THREE_SAME: [Row; 24] = [
    ("SHADD", "UHADD", BHS, 0),
    ("SQADD", "UQADD", BHSD, BHSD),
    ("SRHADD", "URHADD", BHS, 0),
    ("", "", 0, 0), // logical
    ("SHSUB", "UHSUB", BHS, 0),
    ("SQSUB", "UQSUB", BHSD, BHSD),
    ("CMGT", "CMHI", BHSD, D),
    ("CMGE", "CMHS", BHSD, D),
    ("SSHL", "USHL", BHSD, D),
    ("SQSHL", "UQSHL", BHSD, BHSD),
    ("SRSHL", "URSHL", BHSD, D),
    ("SQRSHL", "UQRSHL", BHSD, BHSD),
    ("SMAX", "UMAX", BHS, 0),
    ("SMIN", "UMIN", BHS, 0),
    ("SABD", "UABD", BHS, 0),
    ("SABA", "UABA", BHS, 0),
    ("ADD", "SUB", BHSD, D),
    ("CMTST", "CMEQ", BHSD, D),
    ("MLA", "MLS", BHS, 0),
    ("MUL", "PMUL", BHS, 0),
    ("SMAXP", "UMAXP", BHS, 0),
    ("SMINP", "UMINP", BHS, 0),
    ("SQDMULH", "SQRDMULH", H | S, H | S),
    ("ADDP", "", BHSD, 0),
];

fn three_same(word: Word, scalar: bool) -> Option<Inst> {
    let (opcode, u, size) = (word.bits(11, 5), word.bits(29, 1), word.bits(22, 2));
    if opcode >= 24 {
        return three_same_float(word, scalar);
    }
    if opcode == 3 {
        return (!scalar).then(|| logical(word))?;
    }
    let (plain, other, vectors, scalars) = THREE_SAME[opcode as usize];
    let sizes = if scalar { scalars } else { vectors };
    let op = if u == 1 { other } else { plain };
    let sizes = if op == "PMUL" { sizes & B } else { sizes };
    if op.is_empty() || sizes >> size & 1 == 0 || !scalar && size == 3 && !word.bit(30) {
        return None;
    }
    make(
        op,
        [0, 5, 16]
            .map(|low| operand(word, low, size, scalar))
            .to_vec(),
    )
}

fn logical(word: Word) -> Option<Inst> {
    let op = word.bits(29, 1) << 2 | word.bits(22, 2);
    let q = word.bits(30, 1);
    let args = [0, 5, 16].map(|low| vector(word.reg(low), 0, q));
    if op == 2 && word.reg(5) == word.reg(16) {
        return make("MOV", args[..2].to_vec());
    }
    let op = ["AND", "BIC", "ORR", "ORN", "EOR", "BSL", "BIT", "BIF"][op as usize];
    make(op, args.to_vec())
}

/// The size of floating-point elements: bit 22 alone.
fn float_size(word: Word) -> u32 {
    2 + word.bits(22, 1)
}

/// Whether vectors of that element size exist: two doubles need the whole register.
fn float_vector(word: Word, scalar: bool) -> bool {
    scalar || !word.bit(22) || word.bit(30)
}

fn three_same_float(word: Word, scalar: bool) -> Option<Inst> {
    let key = (word.bits(11, 5), word.bits(29, 1), word.bits(23, 1));
    let (op, has_scalar) = match key {
        (24, 0, 0) => ("FMAXNM", false),
        (24, 0, 1) => ("FMINNM", false),
        (24, 1, 0) => ("FMAXNMP", false),
        (24, 1, 1) => ("FMINNMP", false),
        (25, 0, 0) => ("FMLA", false),
        (25, 0, 1) => ("FMLS", false),
        (26, 0, 0) => ("FADD", false),
        (26, 0, 1) => ("FSUB", false),
        (26, 1, 0) => ("FADDP", false),
        (26, 1, 1) => ("FABD", true),
        (27, 0, 0) => ("FMULX", true),
        (27, 1, 0) => ("FMUL", false),
        (28, 0, 0) => ("FCMEQ", true),
        (28, 1, 0) => ("FCMGE", true),
        (28, 1, 1) => ("FCMGT", true),
        (29, 1, 0) => ("FACGE", true),
        (29, 1, 1) => ("FACGT", true),
        (30, 0, 0) => ("FMAX", false),
        (30, 0, 1) => ("FMIN", false),
        (30, 1, 0) => ("FMAXP", false),
        (30, 1, 1) => ("FMINP", false),
        (31, 0, 0) => ("FRECPS", true),
        (31, 0, 1) => ("FRSQRTS", true),
        (31, 1, 0) => ("FDIV", false),
        _ => return None,
    };
    if scalar && !has_scalar || !float_vector(word, scalar) {
        return None;
    }
    let size = float_size(word);
    make(
        op,
        [0, 5, 16]
            .map(|low| operand(word, low, size, scalar))
            .to_vec(),
    )
}

/// Sources half as wide as the result, or the other way round. The `2` forms use the upper half.
fn three_different(word: Word, scalar: bool) -> Option<Inst> {
    const NAMES: [[[&str; 2]; 2]; 15] = [
        [["SADDL", "SADDL2"], ["UADDL", "UADDL2"]],
        [["SADDW", "SADDW2"], ["UADDW", "UADDW2"]],
        [["SSUBL", "SSUBL2"], ["USUBL", "USUBL2"]],
        [["SSUBW", "SSUBW2"], ["USUBW", "USUBW2"]],
        [["ADDHN", "ADDHN2"], ["RADDHN", "RADDHN2"]],
        [["SABAL", "SABAL2"], ["UABAL", "UABAL2"]],
        [["SUBHN", "SUBHN2"], ["RSUBHN", "RSUBHN2"]],
        [["SABDL", "SABDL2"], ["UABDL", "UABDL2"]],
        [["SMLAL", "SMLAL2"], ["UMLAL", "UMLAL2"]],
        [["SQDMLAL", "SQDMLAL2"], ["", ""]],
        [["SMLSL", "SMLSL2"], ["UMLSL", "UMLSL2"]],
        [["SQDMLSL", "SQDMLSL2"], ["", ""]],
        [["SMULL", "SMULL2"], ["UMULL", "UMULL2"]],
        [["SQDMULL", "SQDMULL2"], ["", ""]],
        [["PMULL", "PMULL2"], ["", ""]],
    ];
    let (opcode, u, size, q) = (
        word.bits(12, 4),
        word.bits(29, 1),
        word.bits(22, 2),
        word.bits(30, 1),
    );
    let doubling = matches!(opcode, 9 | 11 | 13);
    if scalar {
        let op = NAMES.get(opcode as usize)?[u as usize][0];
        if !doubling || op.is_empty() || !matches!(size, 1 | 2) {
            return None;
        }
        let args = vec![
            scalar_reg(word.reg(0), size + 1),
            scalar_reg(word.reg(5), size),
            scalar_reg(word.reg(16), size),
        ];
        return make(op, args);
    }
    let op = NAMES.get(opcode as usize)?[u as usize][q as usize];
    let polynomial = opcode == 14;
    let allowed = match opcode {
        14 => size == 0 || size == 3,
        9 | 11 | 13 => size == 1 || size == 2,
        _ => size < 3,
    };
    if op.is_empty() || !allowed {
        return None;
    }
    let narrow = |low| vector(word.reg(low), size, q);
    let wide = |low| {
        let arrangement = if polynomial && size == 3 {
            "1Q"
        } else {
            arrangement(size + 1, 1)
        };
        Arg::Vector {
            n: word.reg(low),
            arrangement,
            count: 0,
        }
    };
    let args = match opcode {
        1 | 3 => vec![wide(0), wide(5), narrow(16)],
        4 | 6 => vec![narrow(0), wide(5), wide(16)],
        _ => vec![wide(0), narrow(5), narrow(16)],
    };
    make(op, args)
}

fn two_misc(word: Word, scalar: bool) -> Option<Inst> {
    let (opcode, u, size) = (word.bits(12, 5), word.bits(29, 1), word.bits(22, 2));
    if matches!(opcode, 12..=15 | 22..=31) {
        return two_misc_float(word, scalar);
    }
    let zero = || Some(Arg::Imm(0));
    let (op, vectors, scalars, third) = match (opcode, u) {
        (0, 0) => ("REV64", BHS, 0, None),
        (0, 1) => ("REV32", B | H, 0, None),
        (1, 0) => ("REV16", B, 0, None),
        (3, 0) => ("SUQADD", BHSD, BHSD, None),
        (3, 1) => ("USQADD", BHSD, BHSD, None),
        (4, 0) => ("CLS", BHS, 0, None),
        (4, 1) => ("CLZ", BHS, 0, None),
        (5, 0) => ("CNT", B, 0, None),
        (5, 1) if size == 1 => return (!scalar).then(|| bytes(word, "RBIT"))?,
        (5, 1) => ("MVN", B, 0, None),
        (7, 0) => ("SQABS", BHSD, BHSD, None),
        (7, 1) => ("SQNEG", BHSD, BHSD, None),
        (8, 0) => ("CMGT", BHSD, D, zero()),
        (8, 1) => ("CMGE", BHSD, D, zero()),
        (9, 0) => ("CMEQ", BHSD, D, zero()),
        (9, 1) => ("CMLE", BHSD, D, zero()),
        (10, 0) => ("CMLT", BHSD, D, zero()),
        (11, 0) => ("ABS", BHSD, D, None),
        (11, 1) => ("NEG", BHSD, D, None),
        (2 | 6, _) if !scalar => return pairwise_long(word),
        (18..=20, _) => return narrow(word, scalar),
        _ => return None,
    };
    let sizes = if scalar { scalars } else { vectors };
    if sizes >> size & 1 == 0 || !scalar && size == 3 && !word.bit(30) {
        return None;
    }
    let mut args = [0, 5].map(|low| operand(word, low, size, scalar)).to_vec();
    args.extend(third);
    make(op, args)
}

fn bytes(word: Word, op: &'static str) -> Option<Inst> {
    make(
        op,
        [0, 5]
            .map(|low| vector(word.reg(low), 0, word.bits(30, 1)))
            .to_vec(),
    )
}

fn pairwise_long(word: Word) -> Option<Inst> {
    let (size, q, u) = (word.bits(22, 2), word.bits(30, 1), word.bits(29, 1));
    if size == 3 {
        return None;
    }
    let names = if word.bits(12, 5) == 2 {
        ["SADDLP", "UADDLP"]
    } else {
        ["SADALP", "UADALP"]
    };
    make(
        names[u as usize],
        vec![
            vector(word.reg(0), size + 1, q),
            vector(word.reg(5), size, q),
        ],
    )
}

fn narrow(word: Word, scalar: bool) -> Option<Inst> {
    let (opcode, size, q, u) = (
        word.bits(12, 5),
        word.bits(22, 2),
        word.bits(30, 1),
        word.bits(29, 1),
    );
    if size == 3 {
        return None;
    }
    let names = match (opcode, u) {
        (18, 0) if !scalar => ["XTN", "XTN2"],
        (18, 1) => ["SQXTUN", "SQXTUN2"],
        (20, 0) => ["SQXTN", "SQXTN2"],
        (20, 1) => ["UQXTN", "UQXTN2"],
        (19, 1) if !scalar => {
            let op = ["SHLL", "SHLL2"][q as usize];
            let wide = vector(word.reg(0), size + 1, 1);
            return make(
                op,
                vec![wide, vector(word.reg(5), size, q), Arg::Imm(8 << size)],
            );
        }
        _ => return None,
    };
    if scalar {
        return make(
            names[0],
            vec![
                scalar_reg(word.reg(0), size),
                scalar_reg(word.reg(5), size + 1),
            ],
        );
    }
    let wide = vector(word.reg(5), size + 1, 1);
    make(names[q as usize], vec![vector(word.reg(0), size, q), wide])
}

fn two_misc_float(word: Word, scalar: bool) -> Option<Inst> {
    let (a, u, opcode) = (word.bits(23, 1), word.bits(29, 1), word.bits(12, 5));
    let zero = || Some(Arg::Imm(0));
    let (op, has_scalar, third) = match (opcode, u, a) {
        (12, 0, 1) => ("FCMGT", true, zero()),
        (12, 1, 1) => ("FCMGE", true, zero()),
        (13, 0, 1) => ("FCMEQ", true, zero()),
        (13, 1, 1) => ("FCMLE", true, zero()),
        (14, 0, 1) => ("FCMLT", true, zero()),
        (15, 0, 1) => ("FABS", false, None),
        (15, 1, 1) => ("FNEG", false, None),
        (22 | 23, _, 0) => return convert_length(word, scalar),
        (24, 0, 0) => ("FRINTN", false, None),
        (24, 0, 1) => ("FRINTP", false, None),
        (24, 1, 0) => ("FRINTA", false, None),
        (25, 0, 0) => ("FRINTM", false, None),
        (25, 0, 1) => ("FRINTZ", false, None),
        (25, 1, 0) => ("FRINTX", false, None),
        (25, 1, 1) => ("FRINTI", false, None),
        (26, 0, 0) => ("FCVTNS", true, None),
        (26, 0, 1) => ("FCVTPS", true, None),
        (26, 1, 0) => ("FCVTNU", true, None),
        (26, 1, 1) => ("FCVTPU", true, None),
        (27, 0, 0) => ("FCVTMS", true, None),
        (27, 0, 1) => ("FCVTZS", true, None),
        (27, 1, 0) => ("FCVTMU", true, None),
        (27, 1, 1) => ("FCVTZU", true, None),
        (28, 0, 0) => ("FCVTAS", true, None),
        (28, 1, 0) => ("FCVTAU", true, None),
        (28, 0, 1) if !word.bit(22) && !scalar => ("URECPE", false, None),
        (28, 1, 1) if !word.bit(22) && !scalar => ("URSQRTE", false, None),
        (29, 0, 0) => ("SCVTF", true, None),
        (29, 1, 0) => ("UCVTF", true, None),
        (29, 0, 1) => ("FRECPE", true, None),
        (29, 1, 1) => ("FRSQRTE", true, None),
        (31, 0, 1) if scalar => ("FRECPX", true, None),
        (31, 1, 1) if !scalar => ("FSQRT", false, None),
        _ => return None,
    };
    if scalar && !has_scalar || !float_vector(word, scalar) {
        return None;
    }
    let size = float_size(word);
    let mut args = [0, 5].map(|low| operand(word, low, size, scalar)).to_vec();
    args.extend(third);
    make(op, args)
}

fn convert_length(word: Word, scalar: bool) -> Option<Inst> {
    let (sz, q, u) = (word.bits(22, 1), word.bits(30, 1), word.bits(29, 1));
    let wide = |low| vector(word.reg(low), 2 + sz, 1);
    let narrow = |low| vector(word.reg(low), 1 + sz, q);
    match (word.bits(12, 5), u) {
        (22, 1) if scalar && sz == 1 => make(
            "FCVTXN",
            vec![scalar_reg(word.reg(0), 2), scalar_reg(word.reg(5), 3)],
        ),
        _ if scalar => None,
        (22, 0) => make(["FCVTN", "FCVTN2"][q as usize], vec![narrow(0), wide(5)]),
        (22, 1) if sz == 1 => make(["FCVTXN", "FCVTXN2"][q as usize], vec![narrow(0), wide(5)]),
        (23, 0) => make(["FCVTL", "FCVTL2"][q as usize], vec![wide(0), narrow(5)]),
        _ => None,
    }
}

/// One result from all lanes, or (scalar) from a pair.
fn across(word: Word, scalar: bool) -> Option<Inst> {
    let (opcode, u, size, q) = (
        word.bits(12, 5),
        word.bits(29, 1),
        word.bits(22, 2),
        word.bits(30, 1),
    );
    let a = word.bits(23, 1);
    if scalar {
        let op = match (opcode, u, a) {
            (27, 0, _) if size == 3 => {
                return make(
                    "ADDP",
                    vec![scalar_reg(word.reg(0), 3), vector(word.reg(5), 3, 1)],
                );
            }
            (12, 1, 0) => "FMAXNMP",
            (12, 1, 1) => "FMINNMP",
            (13, 1, 0) => "FADDP",
            (15, 1, 0) => "FMAXP",
            (15, 1, 1) => "FMINP",
            _ => return None,
        };
        let size = float_size(word);
        // Two floats fill half a register, two doubles the whole.
        return make(
            op,
            vec![
                scalar_reg(word.reg(0), size),
                vector(word.reg(5), size, word.bits(22, 1)),
            ],
        );
    }
    let float = match (opcode, a) {
        (12, 0) => Some("FMAXNMV"),
        (12, 1) => Some("FMINNMV"),
        (15, 0) => Some("FMAXV"),
        (15, 1) => Some("FMINV"),
        _ => None,
    };
    if let Some(op) = float {
        if u == 0 || q == 0 || word.bit(22) {
            return None;
        }
        return make(
            op,
            vec![scalar_reg(word.reg(0), 2), vector(word.reg(5), 2, 1)],
        );
    }
    let (op, long) = match (opcode, u) {
        (3, 0) => ("SADDLV", 1),
        (3, 1) => ("UADDLV", 1),
        (10, 0) => ("SMAXV", 0),
        (10, 1) => ("UMAXV", 0),
        (26, 0) => ("SMINV", 0),
        (26, 1) => ("UMINV", 0),
        (27, 0) => ("ADDV", 0),
        _ => return None,
    };
    if size == 3 || size == 2 && q == 0 {
        return None;
    }
    make(
        op,
        vec![
            scalar_reg(word.reg(0), size + long),
            vector(word.reg(5), size, q),
        ],
    )
}
