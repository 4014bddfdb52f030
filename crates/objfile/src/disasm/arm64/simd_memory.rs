//! Loads and stores of vectors and of their lanes.

use super::{Arg, Inst, Mode, Word, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    if word.bit(24) {
        single(word)
    } else {
        multiple(word)
    }
}

/// The memory operand; `bytes` is what post-indexing by an immediate adds.
fn memory(word: Word, bytes: u32) -> Option<Arg> {
    let base = word.reg(5);
    let rm = word.reg(16);
    if !word.bit(23) {
        return (rm == 0).then_some(Arg::Mem {
            base,
            mode: Mode::Offset,
            offset: 0,
        });
    }
    Some(if rm == 31 {
        Arg::Mem {
            base,
            mode: Mode::Post,
            offset: i64::from(bytes),
        }
    } else {
        Arg::Mem {
            base,
            mode: Mode::PostReg,
            offset: i64::from(rm),
        }
    })
}

const NAMES: [[&str; 4]; 2] = [["ST1", "ST2", "ST3", "ST4"], ["LD1", "LD2", "LD3", "LD4"]];

fn multiple(word: Word) -> Option<Inst> {
    let (size, q) = (word.bits(10, 2), word.bits(30, 1));
    let (interleaved, count) = match word.bits(12, 4) {
        0b0000 => (4, 4),
        0b0010 => (1, 4),
        0b0100 => (3, 3),
        0b0110 => (1, 3),
        0b0111 => (1, 1),
        0b1000 => (2, 2),
        0b1010 => (1, 2),
        _ => return None,
    };
    if word.bit(21) || interleaved > 1 && size == 3 && q == 0 {
        return None;
    }
    let arrangement = arrangement(size, q);
    let list = Arg::Vector {
        n: word.reg(0),
        arrangement,
        count,
    };
    let memory = memory(word, u32::from(count) * (8 << q))?;
    let op = NAMES[word.bits(22, 1) as usize][interleaved - 1];
    make(op, vec![list, memory])
}

/// `8B` to `2D` by size and Q.
pub(super) fn arrangement(size: u32, q: u32) -> &'static str {
    const NAMES: [&str; 8] = ["8B", "16B", "4H", "8H", "2S", "4S", "1D", "2D"];
    NAMES[((size & 3) << 1 | q & 1) as usize]
}

fn single(word: Word) -> Option<Inst> {
    let (size, q, s) = (word.bits(10, 2), word.bits(30, 1), word.bits(12, 1));
    let opcode = word.bits(13, 3);
    let count = ((opcode & 1) << 1 | word.bits(21, 1)) as u8 + 1;
    let load = word.bit(22);
    let n = word.reg(0);
    let at = usize::from(count) - 1;
    let (arrangement, index, log2) = match opcode >> 1 {
        0 => ("B", q << 3 | s << 2 | size, 0),
        1 if size & 1 == 0 => ("H", q << 2 | s << 1 | size >> 1, 1),
        2 if size == 0 => ("S", q << 1 | s, 2),
        2 if size == 1 && s == 0 => ("D", q, 3),
        3 if load && s == 0 => {
            let memory = memory(word, u32::from(count) << size)?;
            let list = Arg::Vector {
                n,
                arrangement: arrangement(size, q),
                count,
            };
            return make(["LD1R", "LD2R", "LD3R", "LD4R"][at], vec![list, memory]);
        }
        _ => return None,
    };
    let memory = memory(word, u32::from(count) << log2)?;
    let list = Arg::Lane {
        n,
        arrangement,
        index,
        count,
    };
    make(NAMES[usize::from(load)][at], vec![list, memory])
}
