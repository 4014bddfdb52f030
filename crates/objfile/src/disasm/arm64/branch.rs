//! Branches, exceptions, system instructions.

use super::{Arg, Inst, Word, gpr, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    let near = |low, count| Arg::PcRel(word.signed(low, count) * 4);
    match word.bits(24, 8) {
        0x14..=0x17 => make("B", vec![near(0, 26)]),
        0x94..=0x97 => make("BL", vec![near(0, 26)]),
        0x34 | 0xb4 => make("CBZ", vec![word.gpr(0), near(5, 19)]),
        0x35 | 0xb5 => make("CBNZ", vec![word.gpr(0), near(5, 19)]),
        0x36 | 0x37 | 0xb6 | 0xb7 => {
            let op = if word.bit(24) { "TBNZ" } else { "TBZ" };
            let bit = word.bits(31, 1) << 5 | word.bits(19, 5);
            make(op, vec![word.gpr(0), Arg::Imm(bit), near(5, 14)])
        }
        0x54 if !word.bit(4) => make("B", vec![Arg::Cond(word.bits(0, 4)), near(5, 19)]),
        0xd4 => exception(word),
        0xd5 => system(word),
        0xd6 => to_register(word),
        _ => None,
    }
}

fn exception(word: Word) -> Option<Inst> {
    let op = match (word.bits(21, 3), word.bits(0, 5)) {
        (0, 1) => "SVC",
        (0, 2) => "HVC",
        (1, 0) => "BRK",
        (2, 0) => "HLT",
        (5, 1) => "DCPS1",
        (5, 2) => "DCPS2",
        (5, 3) => "DCPS3",
        _ => return None,
    };
    make(op, vec![Arg::Imm(word.bits(5, 16))])
}

fn to_register(word: Word) -> Option<Inst> {
    if word.is(0xffff_fc1f, 0xd61f_0000) {
        return make("BR", vec![gpr(true, word.reg(5))]);
    }
    if word.is(0xffff_fc1f, 0xd63f_0000) {
        return make("BLR", vec![gpr(true, word.reg(5))]);
    }
    if word.is(0xffff_fc1f, 0xd65f_0000) {
        return make("RET", vec![gpr(true, word.reg(5))]);
    }
    match word.0 {
        0xd69f_03e0 => make("ERET", vec![]),
        0xd6bf_03e0 => make("DRPS", vec![]),
        _ => None,
    }
}

fn system(word: Word) -> Option<Inst> {
    if word.is(0xffff_f01f, 0xd503_201f) {
        return match word.bits(5, 7) {
            0 => make("NOP", vec![]),
            1 => make("YIELD", vec![]),
            2 => make("WFE", vec![]),
            3 => make("WFI", vec![]),
            4 => make("SEV", vec![]),
            5 => make("SEVL", vec![]),
            hint => make("HINT", vec![Arg::Imm(hint)]),
        };
    }
    if word.is(0xffff_f01f, 0xd503_301f) {
        let op = match word.bits(5, 3) {
            2 => "CLREX",
            4 => "DSB",
            5 => "DMB",
            6 => "ISB",
            _ => return None,
        };
        return make(op, vec![Arg::Imm(word.bits(8, 4))]);
    }
    let (op1, crn, crm, op2) = (
        word.bits(16, 3),
        word.bits(12, 4),
        word.bits(8, 4),
        word.bits(5, 3),
    );
    let register = gpr(true, word.reg(0));
    // o0, op1, CRn, CRm, op2, as one number.
    let number = word.bits(5, 15);
    match word.bits(19, 13) {
        0x1aa0 if word.is(0xfff8_f01f, 0xd500_401f) => {
            let field = match (op1, op2) {
                (0, 5) => "SPSel",
                (3, 6) => "DAIFSet",
                (3, 7) => "DAIFClr",
                _ => return None,
            };
            make("MSR", vec![Arg::Text(field.to_owned()), Arg::Imm(crm)])
        }
        0x1aa1 => sys(op1, crn, crm, op2, word.reg(0)),
        0x1aa2 | 0x1aa3 => {
            let op0 = word.bits(19, 2);
            let name = format!("S{op0}_{op1}_C{crn}_C{crm}_{op2}");
            make("MSR", vec![Arg::Text(name), register])
        }
        0x1aa5 => {
            let number = op1 << 16 | crn << 12 | crm << 8 | op2 << 5;
            make("SYSL", vec![register, Arg::Imm(number)])
        }
        0x1aa6 | 0x1aa7 => make("MRS", vec![register, Arg::Imm(number)]),
        _ => None,
    }
}

/// Cache and TLB maintenance.
fn sys(op1: u32, crn: u32, crm: u32, op2: u32, register: u8) -> Option<Inst> {
    let (op, name) = match (op1, crn, crm, op2) {
        (0, 7, 6, 1) => ("DC", "IVAC"),
        (0, 7, 6, 2) => ("DC", "ISW"),
        (0, 7, 10, 2) => ("DC", "CSW"),
        (0, 7, 14, 2) => ("DC", "CISW"),
        (3, 7, 4, 1) => ("DC", "ZVA"),
        (3, 7, 10, 1) => ("DC", "CVAC"),
        (3, 7, 11, 1) => ("DC", "CVAU"),
        (3, 7, 12, 1) => ("DC", "CVAP"),
        (3, 7, 13, 1) => ("DC", "CVADP"),
        (3, 7, 14, 1) => ("DC", "CIVAC"),
        (3, 7, 4, 3) => ("DC", "GVA"),
        (3, 7, 4, 4) => ("DC", "GZVA"),
        (0, 8, 3, 0) => ("TLBI", "VMALLE1IS"),
        (0, 8, 3, 1) => ("TLBI", "VAE1IS"),
        (0, 8, 7, 0) => ("TLBI", "VMALLE1"),
        (0, 8, 7, 1) => ("TLBI", "VAE1"),
        _ => return None,
    };
    let mut text = name.to_owned();
    if !name.starts_with("VMALL") {
        text = format!("{text}, {}", super::format::register(register));
    }
    make(op, vec![Arg::Text(text)])
}
