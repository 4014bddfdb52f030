//! From Arm's names and order of operands to Go's.

use std::fmt::Write;

use super::{Arg, Class, Inst, Lookup, Mode};

/// Names that take no `W` for 32-bit registers and no `V` for vectors.
const NO_SUFFIX: [&str; 28] = [
    "AESD",
    "AESE",
    "AESIMC",
    "AESMC",
    "CRC32B",
    "CRC32CB",
    "CRC32CH",
    "CRC32CW",
    "CRC32CX",
    "CRC32H",
    "CRC32W",
    "CRC32X",
    "LDARB",
    "LDARH",
    "LDAXRB",
    "LDAXRH",
    "LDTRH",
    "LDXRB",
    "LDXRH",
    "SHA1C",
    "SHA1H",
    "SHA1M",
    "SHA1P",
    "SHA1SU0",
    "SHA1SU1",
    "SHA256H",
    "SHA256H2",
    "SHA256SU0",
];

pub(super) fn go_syntax(inst: &Inst, pc: u64, lookup: Lookup<'_, '_>) -> String {
    let mut args: Vec<String> = inst
        .args
        .iter()
        .map(|arg| arg_text(inst, arg, pc, lookup))
        .collect();
    let op = inst.op;
    let first = class(inst.args.first());
    let second = class(inst.args.get(1));
    let mode = inst.args.iter().find_map(|arg| match arg {
        Arg::Mem { mode, .. } => Some(*mode),
        _ => None,
    });
    let index = match mode {
        Some(Mode::Pre) => ".W",
        Some(Mode::Post | Mode::PostReg) => ".P",
        _ => "",
    };
    let w = |class: Option<Class>| if class == Some(Class::W) { "W" } else { "" };
    if op.starts_with("LDR")
        && let Some(Arg::PcRel(offset)) = inst.args.get(1)
        && matches!(inst.args.first(), Some(Arg::Reg(..)))
    {
        let place = pc.wrapping_add(*offset as u64);
        if let Some((name, start)) = lookup(place)
            && start == place
        {
            args[1] = format!("${name}(SB)");
        }
    }
    let name = match op {
        "BL" => return format!("CALL {}", args[0]),
        "BLR" => return format!("CALL ({})", args[0].replace("ZR", "R31")),
        "BR" => return format!("JMP ({})", args[0].replace("ZR", "R31")),
        "RET" if args[0] == "R30" => return "RET".to_owned(),
        "B" if args.len() == 2 => return format!("B{} {}", condition(&inst.args[0]), args[1]),
        "B" => return format!("JMP {}", args[0]),
        "NOP" => "NOOP".to_owned(),
        "MOV" => move_name(inst, first).to_owned(),
        "LDR" | "LDUR" => {
            fp_register(inst, &mut args);
            format!("{}{index}", access_name(first, "MOVWU"))
        }
        "STR" | "STUR" => {
            fp_register(inst, &mut args);
            args.swap(0, 1);
            format!("{}{index}", access_name(first, "MOVW"))
        }
        "LDRB" => format!("MOVBU{index}"),
        "LDRH" => format!("MOVHU{index}"),
        "LDRSW" => format!("MOVW{index}"),
        "LDRSB" => format!("MOVB{}{index}", w(first)),
        "LDRSH" => format!("MOVH{}{index}", w(first)),
        "STRB" | "STURB" => {
            args.swap(0, 1);
            format!("MOVB{index}")
        }
        "STRH" | "STURH" => {
            args.swap(0, 1);
            format!("MOVH{index}")
        }
        "TBZ" | "TBNZ" => {
            args.rotate_right(1);
            op.to_owned()
        }
        "MADD" | "MSUB" | "SMADDL" | "SMSUBL" | "UMADDL" | "UMSUBL" => {
            args.swap(2, 3);
            format!("{op}{}", w(first))
        }
        "STLR" | "STLRB" | "STLRH" => {
            args.swap(0, 1);
            let w = if op == "STLR" { w(first) } else { "" };
            format!("{op}{w}")
        }
        "STLXR" | "STXR" | "STLXRB" | "STLXRH" | "STXRB" | "STXRH" => {
            args.swap(1, 2);
            let w = if op.ends_with('R') { w(second) } else { "" };
            format!("{op}{w}")
        }
        "BFI" | "BFXIL" | "SBFIZ" | "SBFX" | "UBFIZ" | "UBFX" => {
            args[1..].rotate_right(1);
            format!("{op}{}", w(first))
        }
        "LDAXP" | "LDXP" => {
            return format!("{op}{} {}, ({}, {})", w(first), args[2], args[0], args[1]);
        }
        "STLXP" | "STXP" => {
            let w = w(second);
            return format!(
                "{op}{w} ({}, {}), {}, {}",
                args[1], args[2], args[3], args[0]
            );
        }
        "STP" | "LDP" => {
            let name = match first {
                Some(Class::W) => format!("{op}W"),
                Some(Class::S) => format!("F{op}S"),
                Some(Class::D) => format!("F{op}D"),
                Some(Class::Q) => format!("F{op}Q"),
                _ => op.to_owned(),
            };
            let pair = format!("({}, {})", args[0], args[1]);
            let (from, to) = if op == "STP" {
                (&pair, &args[2])
            } else {
                (&args[2], &pair)
            };
            return format!("{name}{index} {from}, {to}");
        }
        "CBZ" | "CBNZ" => {
            args.swap(0, 1);
            format!("{op}{}", w(first))
        }
        "ADR" | "ADRP" => {
            if let Some(Arg::PcRel(offset)) = inst.args.get(1) {
                args[1] = format!("{offset}(PC)");
            }
            op.to_owned()
        }
        "MSR" | "SYSL" => op.to_owned(),
        "ST1" => {
            args.swap(0, 1);
            format!("VST1{index}")
        }
        "LD1" => format!("VLD1{index}"),
        "UMOV" => "VMOV".to_owned(),
        _ => match float_name(inst, &mut args) {
            Some(name) => name,
            None => format!("{}{index}", other_name(inst, first)),
        },
    };
    if let Some(Arg::Cond(_)) = inst.args.get(3) {
        match inst.args[2] {
            Arg::Reg(..) => args.swap(1, 2),
            _ => args.swap(0, 2),
        }
    }
    args.reverse();
    if args.is_empty() {
        name
    } else {
        format!("{name} {}", args.join(", "))
    }
}

fn class(arg: Option<&Arg>) -> Option<Class> {
    match arg? {
        Arg::Reg(class, _) => Some(*class),
        Arg::RegSp { wide, .. } => Some(if *wide { Class::X } else { Class::W }),
        _ => None,
    }
}

fn is_vector(class: Class) -> bool {
    class >= Class::B
}

fn move_name(inst: &Inst, first: Option<Class>) -> &'static str {
    let vector = |arg: Option<&Arg>| matches!(arg, Some(Arg::Vector { .. } | Arg::Lane { .. }));
    match first {
        _ if vector(inst.args.first()) => "VMOV",
        _ if matches!(inst.args.get(1), Some(Arg::Lane { .. })) => "VMOV",
        Some(Class::W) => "MOVW",
        Some(Class::X) => "MOVD",
        _ => "MOV",
    }
}

fn access_name(class: Option<Class>, word: &'static str) -> &'static str {
    match class {
        Some(Class::W) => word,
        Some(Class::B) => "FMOVB",
        Some(Class::H) => "FMOVH",
        Some(Class::S) => "FMOVS",
        Some(Class::D) => "FMOVD",
        Some(Class::Q) => "FMOVQ",
        _ => "MOVD",
    }
}

fn fp_register(inst: &Inst, args: &mut [String]) {
    if let Some(Arg::Reg(class, n)) = inst.args.first()
        && is_vector(*class)
    {
        args[0] = format!("F{n}");
    }
}

/// Instructions on floating-point scalars: the size is a suffix.
fn float_name(inst: &Inst, args: &mut [String]) -> Option<String> {
    let op = inst.op;
    let size = |class: Option<Class>| match class {
        Some(Class::S) => "S",
        Some(Class::D) => "D",
        _ => "",
    };
    let [first, second] = [0, 1].map(|n| class(inst.args.get(n)));
    match op {
        "FCCMP" | "FCCMPE" | "FCMP" | "FCMPE" => {
            if op.starts_with("FCC") {
                args.swap(0, 1);
            }
            if let Some(Arg::Float(_)) = inst.args.get(1) {
                "$(0.0)".clone_into(&mut args[1]);
            }
            Some(format!("{op}{}", size(first)))
        }
        "FADD" | "FSUB" | "FMUL" | "FNMUL" | "FDIV" | "FMAX" | "FMIN" | "FMAXNM" | "FMINNM"
        | "FCSEL" => Some(format!("{op}{}", size(first))),
        "FMADD" | "FMSUB" | "FNMADD" | "FNMSUB" => {
            args.swap(2, 3);
            Some(format!("{op}{}", size(first)))
        }
        "FCVT" => {
            let size = |class| {
                if class == Some(Class::H) {
                    "H"
                } else {
                    size(class)
                }
            };
            Some(format!("{op}{}{}", size(second), size(first)))
        }
        "FABS" | "FNEG" | "FSQRT" | "FRINTN" | "FRINTP" | "FRINTM" | "FRINTZ" | "FRINTA"
        | "FRINTX" | "FRINTI" => Some(format!("{op}{}", size(second))),
        "FCVTZS" | "FCVTZU" | "SCVTF" | "UCVTF" => {
            if let Some(Arg::Imm(_)) = inst.args.get(2) {
                return Some(op.to_owned());
            }
            let size = |class| {
                if class == Some(Class::W) {
                    "W"
                } else {
                    size(class)
                }
            };
            Some(format!("{op}{}{}", size(second), size(first)))
        }
        "FMOV" => {
            let float = |class: &&Option<Class>| matches!(class, Some(Class::S | Class::D));
            let sized = [first, second].iter().find(float).copied().flatten();
            Some(format!("{op}{}", size(sized)))
        }
        _ => None,
    }
}

fn other_name(inst: &Inst, first: Option<Class>) -> String {
    let op = inst.op;
    if NO_SUFFIX.contains(&op) || op == "SHA256SU1" {
        return op.to_owned();
    }
    let arranged = matches!(inst.args.first(), Some(Arg::Vector { .. }));
    let scalar = first.is_some_and(is_vector) && !op.starts_with('F');
    let v = if arranged || scalar { "V" } else { "" };
    let w = if first == Some(Class::W) { "W" } else { "" };
    format!("{v}{op}{w}")
}

pub(super) fn register(n: u8) -> String {
    if n == 31 {
        "ZR".to_owned()
    } else {
        format!("R{n}")
    }
}

fn condition(arg: &Arg) -> &'static str {
    const NAMES: [&str; 16] = [
        "EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE", "AL",
        "AL",
    ];
    match arg {
        Arg::Cond(code) => NAMES[(*code & 15) as usize],
        _ => "",
    }
}

fn arg_text(inst: &Inst, arg: &Arg, pc: u64, lookup: Lookup<'_, '_>) -> String {
    match arg {
        Arg::Reg(class, n) if is_vector(*class) => {
            let float = inst.op.starts_with('F')
                || inst.op.ends_with("CVTF")
                || matches!(inst.op, "LDP" | "STP");
            format!("{}{n}", if float { 'F' } else { 'V' })
        }
        Arg::Reg(_, n) | Arg::Extended(n, "", _) => register(*n),
        Arg::RegSp { n: 31, .. } => "RSP".to_owned(),
        Arg::RegSp { n, .. } => format!("R{n}"),
        Arg::Imm(value) | Arg::ImmShift(value, 0) => format!("${value}"),
        Arg::Imm64(value) => format!("${}", *value as i64),
        Arg::ImmShift(value, shift) => format!("$({value}<<{shift})"),
        Arg::Float(value) => format!("${value:.6}").trim_end_matches('0').to_owned(),
        Arg::PcRel(offset) => {
            let place = pc.wrapping_add(*offset as u64);
            match lookup(place) {
                Some((name, start)) if start == place => format!("{name}(SB)"),
                _ => format!("{}(PC)", offset / 4),
            }
        }
        Arg::Shifted(n, by, amount) => format!("{}{by}{amount}", register(*n)),
        Arg::Extended(n, extend, 0) => format!("{}.{extend}", register(*n)),
        Arg::Extended(n, extend, amount) => format!("{}.{extend}<<{amount}", register(*n)),
        Arg::Mem {
            base,
            mode: Mode::PostReg,
            offset,
        } => format!("{}(R{offset})", at(*base)),
        Arg::Mem {
            base, offset: 0, ..
        } => at(*base),
        Arg::Mem { base, offset, .. } => format!("{offset}{}", at(*base)),
        Arg::MemIndex {
            base,
            index,
            extend,
            shift,
            byte,
        } => {
            let mut text = format!("{}({}", at(*base), register(*index));
            if !extend.is_empty() {
                let _ = write!(text, ".{extend}");
            }
            match (*shift, *byte) {
                (0, _) => {}
                (_, true) if extend.is_empty() => text.push_str("<<0"),
                (_, true) => {}
                (shift, false) => {
                    let _ = write!(text, "<<{shift}");
                }
            }
            text.push(')');
            text
        }
        Arg::Cond(_) => match condition(arg) {
            "CS" => "HS".to_owned(),
            "CC" => "LO".to_owned(),
            name => name.to_owned(),
        },
        Arg::Vector {
            n,
            arrangement,
            count,
        } => {
            let one = |step: u8| format!("V{}{}", (n + step) & 31, go_arrangement(arrangement));
            if *count == 0 {
                return one(0);
            }
            let all: Vec<String> = (0..*count).map(one).collect();
            format!("[{}]", all.join(", "))
        }
        Arg::Lane {
            n,
            arrangement,
            index,
            count,
        } => {
            let one = |step: u8| format!("V{}.{arrangement}", (n + step) & 31);
            if *count <= 1 {
                return format!("{}[{index}]", one(0));
            }
            let all: Vec<String> = (0..*count).map(one).collect();
            format!("[{}][{index}]", all.join(", "))
        }
        Arg::Text(text) => text.clone(),
    }
}

/// `16B` is written `.B16`.
fn go_arrangement(arrangement: &str) -> String {
    let count = arrangement.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    format!(".{}{count}", &arrangement[count.len()..])
}

fn at(base: u8) -> String {
    if base == 31 {
        "(RSP)".to_owned()
    } else {
        format!("(R{base})")
    }
}
