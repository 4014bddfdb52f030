//! Moving lanes: copies, permutations, tables; and the cryptographic instructions.

use super::{scalar_reg, vector};
use crate::disasm::arm64::{Arg, Inst, Word, gpr, make};

pub(super) fn decode(word: Word, scalar: bool) -> Option<Inst> {
    if scalar {
        if word.is(0xffe0_8c00, 0x5e00_0000) {
            return crypto_three(word);
        }
        if word.is(0xffe0_fc00, 0x5e00_0400) {
            let (size, lane) = lane(word, 5)?;
            return make("MOV", vec![scalar_reg(word.reg(0), size), lane]);
        }
        return None;
    }
    match () {
        () if word.is(0x9fe0_8400, 0x0e00_0400) => copy(word),
        () if word.is(0xbf20_8c00, 0x0e00_0800) => permute(word),
        () if word.is(0xbfe0_8400, 0x2e00_0000) => extract(word),
        () if word.is(0xbfe0_8c00, 0x0e00_0000) => table(word),
        () => None,
    }
}

/// The lane imm5 names: the lowest set bit is the size, the bits above it the index.
fn lane(word: Word, low: u32) -> Option<(u32, Arg)> {
    let imm5 = word.bits(16, 5);
    let size = imm5.trailing_zeros();
    if size > 3 {
        return None;
    }
    let arrangement = ["B", "H", "S", "D"][size as usize];
    let lane = Arg::Lane {
        n: word.reg(low),
        arrangement,
        index: imm5 >> (size + 1),
        count: 0,
    };
    Some((size, lane))
}

fn copy(word: Word) -> Option<Inst> {
    let q = word.bits(30, 1);
    if word.bit(29) {
        if q == 0 {
            return None;
        }
        let (size, to) = lane(word, 0)?;
        let index = word.bits(11, 4) >> size;
        let arrangement = ["B", "H", "S", "D"][size as usize];
        let from = Arg::Lane {
            n: word.reg(5),
            arrangement,
            index,
            count: 0,
        };
        return make("MOV", vec![to, from]);
    }
    let (size, from) = lane(word, 5)?;
    let general = |low| gpr(size == 3, word.reg(low));
    match word.bits(11, 4) {
        0 if size < 3 || q == 1 => make("DUP", vec![vector(word.reg(0), size, q), from]),
        1 if size < 3 || q == 1 => make("DUP", vec![vector(word.reg(0), size, q), general(5)]),
        3 if q == 1 => make("MOV", vec![lane(word, 0)?.1, general(5)]),
        5 if size < 2 || size == 2 && q == 1 => make("SMOV", vec![gpr(q == 1, word.reg(0)), from]),
        7 if (size == 3) == (q == 1) => {
            let op = if size >= 2 { "MOV" } else { "UMOV" };
            make(op, vec![gpr(q == 1, word.reg(0)), from])
        }
        _ => None,
    }
}

fn three(word: Word, size: u32) -> Vec<Arg> {
    [0, 5, 16]
        .map(|low| vector(word.reg(low), size, word.bits(30, 1)))
        .to_vec()
}

fn permute(word: Word) -> Option<Inst> {
    let op = match word.bits(12, 3) {
        1 => "UZP1",
        2 => "TRN1",
        3 => "ZIP1",
        5 => "UZP2",
        6 => "TRN2",
        7 => "ZIP2",
        _ => return None,
    };
    let size = word.bits(22, 2);
    if size == 3 && !word.bit(30) {
        return None;
    }
    make(op, three(word, size))
}

fn extract(word: Word) -> Option<Inst> {
    let index = word.bits(11, 4);
    if !word.bit(30) && index > 7 {
        return None;
    }
    let mut args = three(word, 0);
    args.push(Arg::Imm(index));
    make("EXT", args)
}

fn table(word: Word) -> Option<Inst> {
    let op = if word.bit(12) { "TBX" } else { "TBL" };
    let q = word.bits(30, 1);
    let count = word.bits(13, 2) as u8 + 1;
    let list = Arg::Vector {
        n: word.reg(5),
        arrangement: "16B",
        count,
    };
    make(
        op,
        vec![vector(word.reg(0), 0, q), list, vector(word.reg(16), 0, q)],
    )
}

pub(super) fn crypto_two(word: Word) -> Option<Inst> {
    let opcode = word.bits(12, 5);
    if word.bits(22, 2) != 0 {
        return None;
    }
    let pair = |size| [0, 5].map(|low| vector(word.reg(low), size, 1)).to_vec();
    match (word.bit(28), opcode) {
        (false, 4) => make("AESE", pair(0)),
        (false, 5) => make("AESD", pair(0)),
        (false, 6) => make("AESMC", pair(0)),
        (false, 7) => make("AESIMC", pair(0)),
        (true, 0) => make(
            "SHA1H",
            vec![scalar_reg(word.reg(0), 2), scalar_reg(word.reg(5), 2)],
        ),
        (true, 1) => make("SHA1SU1", pair(2)),
        (true, 2) => make("SHA256SU0", pair(2)),
        _ => None,
    }
}

fn crypto_three(word: Word) -> Option<Inst> {
    const NAMES: [&str; 7] = [
        "SHA1C",
        "SHA1P",
        "SHA1M",
        "SHA1SU0",
        "SHA256H",
        "SHA256H2",
        "SHA256SU1",
    ];
    let quad = |low| Arg::Reg(crate::disasm::arm64::Class::Q, word.reg(low));
    let words = |low| vector(word.reg(low), 2, 1);
    let args = match word.bits(12, 3) {
        0..=2 => vec![quad(0), scalar_reg(word.reg(5), 2), words(16)],
        4 | 5 => vec![quad(0), quad(5), words(16)],
        3 | 6 => vec![words(0), words(5), words(16)],
        _ => return None,
    };
    make(NAMES[word.bits(12, 3) as usize], args)
}
