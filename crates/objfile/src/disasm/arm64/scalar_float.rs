//! Floating point on scalars, and conversions from and to general registers.

use super::{Arg, Class, Inst, Word, make};

pub(super) fn decode(word: Word) -> Option<Inst> {
    if word.bits(29, 2) != 0 || word.bits(25, 4) != 0b1111 {
        return None;
    }
    if word.bit(24) {
        return three_sources(word);
    }
    if !word.bit(21) {
        return fixed_point(word);
    }
    if word.bits(10, 6) == 0 {
        return convert(word);
    }
    if word.wide() {
        return None;
    }
    let class = class(word)?;
    let reg = |low| Arg::Reg(class, word.reg(low));
    match word.bits(10, 2) {
        1 if single_or_double(class) => {
            let op = if word.bit(4) { "FCCMPE" } else { "FCCMP" };
            let cond = Arg::Cond(word.bits(12, 4));
            make(op, vec![reg(5), reg(16), Arg::Imm(word.bits(0, 4)), cond])
        }
        2 if single_or_double(class) => {
            const NAMES: [&str; 9] = [
                "FMUL", "FDIV", "FADD", "FSUB", "FMAX", "FMIN", "FMAXNM", "FMINNM", "FNMUL",
            ];
            let op = NAMES.get(word.bits(12, 4) as usize)?;
            make(op, vec![reg(0), reg(5), reg(16)])
        }
        3 if single_or_double(class) => make(
            "FCSEL",
            vec![reg(0), reg(5), reg(16), Arg::Cond(word.bits(12, 4))],
        ),
        0 if word.bits(10, 5) == 0b10000 => one_source(word, class),
        0 if word.bits(10, 4) == 0b1000 && single_or_double(class) => compare(word, class),
        0 if word.bits(10, 3) == 0b100 && word.bits(5, 5) == 0 && single_or_double(class) => {
            make("FMOV", vec![reg(0), Arg::Float(expand(word.bits(13, 8)))])
        }
        _ => None,
    }
}

fn single_or_double(class: Class) -> bool {
    matches!(class, Class::S | Class::D)
}

fn class(word: Word) -> Option<Class> {
    [Some(Class::S), Some(Class::D), None, Some(Class::H)][word.bits(22, 2) as usize]
}

/// Sign, three bits of exponent, four of fraction.
pub(super) fn expand(imm: u32) -> f64 {
    let fraction = f64::from(16 + (imm & 15)) / 16.0;
    let exponent = (imm >> 4 & 7) as i32;
    let exponent = if exponent >= 4 {
        exponent - 7
    } else {
        exponent + 1
    };
    let value = fraction * f64::powi(2.0, exponent);
    if imm & 0x80 == 0 { value } else { -value }
}

fn one_source(word: Word, class: Class) -> Option<Inst> {
    let opcode = word.bits(15, 6);
    let to = match opcode {
        4 => Some(Class::S),
        5 => Some(Class::D),
        7 => Some(Class::H),
        _ => None,
    };
    let source = Arg::Reg(class, word.reg(5));
    if let Some(to) = to {
        let dest = Arg::Reg(to, word.reg(0));
        return (to != class).then(|| make("FCVT", vec![dest, source]))?;
    }
    if !single_or_double(class) {
        return None;
    }
    let op = match opcode {
        0 => "FMOV",
        1 => "FABS",
        2 => "FNEG",
        3 => "FSQRT",
        8 => "FRINTN",
        9 => "FRINTP",
        10 => "FRINTM",
        11 => "FRINTZ",
        12 => "FRINTA",
        14 => "FRINTX",
        15 => "FRINTI",
        _ => return None,
    };
    make(op, vec![Arg::Reg(class, word.reg(0)), source])
}

fn compare(word: Word, class: Class) -> Option<Inst> {
    let left = Arg::Reg(class, word.reg(5));
    if word.bits(14, 2) != 0 || word.bits(0, 3) != 0 {
        return None;
    }
    let op = if word.bit(4) { "FCMPE" } else { "FCMP" };
    if word.bit(3) {
        return make(op, vec![left, Arg::Float(0.0)]);
    }
    make(op, vec![left, Arg::Reg(class, word.reg(16))])
}

fn three_sources(word: Word) -> Option<Inst> {
    let class = class(word).filter(|class| single_or_double(*class) && !word.wide())?;
    let op = word.bits(21, 1) << 1 | word.bits(15, 1);
    let op = ["FMADD", "FMSUB", "FNMADD", "FNMSUB"][op as usize];
    make(
        op,
        [0, 5, 16, 10]
            .map(|low| Arg::Reg(class, word.reg(low)))
            .to_vec(),
    )
}

/// Rounding mode and opcode, as one number.
fn conversion(word: Word) -> Option<(&'static str, bool)> {
    // The name, and whether the general register is the destination.
    Some(match word.bits(16, 5) {
        0 => ("FCVTNS", true),
        1 => ("FCVTNU", true),
        2 => ("SCVTF", false),
        3 => ("UCVTF", false),
        4 => ("FCVTAS", true),
        5 => ("FCVTAU", true),
        6 => ("FMOV", true),
        7 => ("FMOV", false),
        8 => ("FCVTPS", true),
        9 => ("FCVTPU", true),
        16 => ("FCVTMS", true),
        17 => ("FCVTMU", true),
        24 => ("FCVTZS", true),
        25 => ("FCVTZU", true),
        _ => return None,
    })
}

fn convert(word: Word) -> Option<Inst> {
    if word.wide() && word.bits(22, 2) == 2 && word.bits(17, 4) == 0b0111 {
        let to_general = !word.bit(16);
        let (vector, general) = if to_general { (5, 0) } else { (0, 5) };
        let lane = Arg::Lane {
            n: word.reg(vector),
            arrangement: "D",
            index: 1,
            count: 0,
        };
        let general = word.gpr(general);
        return make(
            "FMOV",
            if to_general {
                vec![general, lane]
            } else {
                vec![lane, general]
            },
        );
    }
    let class = class(word).filter(|class| single_or_double(*class))?;
    let (op, to_general) = conversion(word)?;
    if op == "FMOV" && word.wide() != (class == Class::D) {
        return None;
    }
    let (vector, general) = if to_general { (5, 0) } else { (0, 5) };
    let vector = Arg::Reg(class, word.reg(vector));
    let general = word.gpr(general);
    make(
        op,
        if to_general {
            vec![general, vector]
        } else {
            vec![vector, general]
        },
    )
}

fn fixed_point(word: Word) -> Option<Inst> {
    let class = class(word).filter(|class| single_or_double(*class))?;
    let bits = 64 - word.bits(10, 6);
    let (op, to_general) = conversion(word)?;
    let allowed = matches!(word.bits(16, 5), 2 | 3 | 24 | 25);
    if !allowed || !word.wide() && bits > 32 {
        return None;
    }
    let (vector, general) = if to_general { (5, 0) } else { (0, 5) };
    let vector = Arg::Reg(class, word.reg(vector));
    let general = word.gpr(general);
    let mut args = if to_general {
        vec![general, vector]
    } else {
        vec![vector, general]
    };
    args.push(Arg::Imm(bits));
    make(op, args)
}
