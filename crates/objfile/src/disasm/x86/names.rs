//! Names of instructions and what is added to them.

use std::borrow::Cow;

use iced_x86::{
    Code, EncodingKind, Instruction, MemorySize, Mnemonic, OpKind, Register, RoundingControl,
};

use super::Prefixes;

/// The name x86asm has for an instruction; `None` for those it does not know.
pub(super) fn name(inst: &Instruction) -> Option<Cow<'static, str>> {
    let name = match inst.mnemonic() {
        Mnemonic::INVALID => return None,
        Mnemonic::Movsd if !is_string(inst) => "MOVSD_XMM",
        Mnemonic::Cmpsd if !is_string(inst) => "CMPSD_XMM",
        Mnemonic::Int3 => "INT",
        Mnemonic::Int1 => "ICEBP",
        Mnemonic::Wait => "FWAIT",
        Mnemonic::Sysretq => "SYSRET",
        Mnemonic::Sysexitq => "SYSEXIT",
        Mnemonic::Wbnoinvd => "WBINVD",
        Mnemonic::Pcmpestrm64 => "PCMPESTRM",
        Mnemonic::Pcmpestri64 => "PCMPESTRI",
        Mnemonic::Call if is_far(inst) => "LCALL",
        Mnemonic::Jmp if is_far(inst) => "LJMP",
        Mnemonic::Retf => "LRET",
        other => return Some(format!("{other:?}").to_uppercase().into()),
    };
    Some(name.into())
}

fn is_far(inst: &Instruction) -> bool {
    matches!(
        inst.memory_size(),
        MemorySize::SegPtr16 | MemorySize::SegPtr32 | MemorySize::SegPtr64
    ) || matches!(inst.op0_kind(), OpKind::FarBranch16 | OpKind::FarBranch32)
}

pub(super) fn is_conditional_branch(inst: &Instruction) -> bool {
    let name = format!("{:?}", inst.mnemonic());
    name.starts_with("Loop") || name.starts_with('J') && inst.mnemonic() != Mnemonic::Jmp
}

pub(super) fn is_string(inst: &Instruction) -> bool {
    inst.op_kinds().any(|kind| {
        matches!(
            kind,
            OpKind::MemoryESDI
                | OpKind::MemoryESEDI
                | OpKind::MemoryESRDI
                | OpKind::MemorySegSI
                | OpKind::MemorySegESI
                | OpKind::MemorySegRSI
        )
    })
}

/// Whether F2 or F3 selects the instruction rather than repeating it.
pub(super) fn repeat_is_opcode(inst: &Instruction, repeat: u8) -> bool {
    use iced_x86::MandatoryPrefix as Mandatory;
    match inst.code().op_code().mandatory_prefix() {
        Mandatory::PF3 => repeat == 0xf3,
        Mandatory::PF2 => repeat == 0xf2,
        _ => inst.code() == Code::Pause,
    }
}

/// Whether the name takes a suffix for the operand size.
fn sized(mnemonic: Mnemonic) -> bool {
    use Mnemonic as M;
    matches!(
        mnemonic,
        M::Adc
            | M::Add
            | M::And
            | M::Bsf
            | M::Bsr
            | M::Bt
            | M::Btc
            | M::Btr
            | M::Bts
            | M::Cmp
            | M::Cmpxchg
            | M::Cvtsi2sd
            | M::Cvtsi2ss
            | M::Cvtsd2si
            | M::Cvtss2si
            | M::Cvttsd2si
            | M::Cvttss2si
            | M::Dec
            | M::Div
            | M::Fldenv
            | M::Frstor
            | M::Idiv
            | M::Imul
            | M::In
            | M::Inc
            | M::Lea
            | M::Mov
            | M::Movnti
            | M::Mul
            | M::Neg
            | M::Nop
            | M::Not
            | M::Or
            | M::Out
            | M::Pop
            | M::Popa
            | M::Popcnt
            | M::Push
            | M::Pusha
            | M::Rcl
            | M::Rcr
            | M::Rol
            | M::Ror
            | M::Sar
            | M::Sbb
            | M::Shl
            | M::Shld
            | M::Shr
            | M::Shrd
            | M::Sub
            | M::Test
            | M::Xadd
            | M::Xchg
            | M::Xor
    )
}

/// `B`, `W`, `L` or `Q`, by the memory operand if there is one, else by the operand size. The
/// size of 8-bit registers does not show.
pub(super) fn suffix(inst: &Instruction, prefixes: Prefixes) -> &'static str {
    if let Some(length) = prefixes.vector_length {
        return vector_suffix(inst, length);
    }
    if !sized(inst.mnemonic()) {
        return "";
    }
    let mut bits = prefixes.data_size();
    let memory = inst.memory_size().size() as u32 * 8;
    let no_size = matches!(
        inst.mnemonic(),
        Mnemonic::Lea | Mnemonic::Fldenv | Mnemonic::Frstor
    );
    if has_memory(inst) && memory != 0 && !no_size {
        bits = memory;
    } else if inst.op_count() == 1
        && inst.op0_kind() == OpKind::Register
        && inst.op0_register().is_gpr64()
    {
        bits = 64;
    }
    match bits {
        8 => "B",
        16 => "W",
        32 => "L",
        64 => "Q",
        _ => "",
    }
}

/// Conversions whose other operands do not tell the size.
fn vector_suffix(inst: &Instruction, length: u8) -> &'static str {
    use Mnemonic as M;
    let evex = inst.code().op_code().encoding() == EncodingKind::EVEX;
    let has_gpr64 = (0..inst.op_count()).any(|n| inst.op_register(n).is_gpr64());
    match inst.mnemonic() {
        M::Vfpclasspd | M::Vfpclassps | M::Vcvtpd2dq => {
            ["X", "Y", "Z", ""][usize::from(length & 3)]
        }
        M::Vcvttpd2dq | M::Vcvtpd2ps if !evex => ["X", "Y", "Z", ""][usize::from(length & 3)],
        M::Vcvtsi2sd | M::Vcvtsi2ss => {
            let wide = has_gpr64 || has_memory(inst) && inst.memory_size().size() == 8;
            if wide { "Q" } else { "L" }
        }
        M::Vcvttsd2si | M::Vcvttss2si | M::Vcvtsd2si | M::Vcvtss2si if has_gpr64 => "Q",
        _ => "",
    }
}

pub(super) fn has_memory(inst: &Instruction) -> bool {
    inst.op_kinds().any(|kind| kind == OpKind::Memory)
}

/// What EVEX adds: broadcast, rounding or no exceptions, zeroing.
pub(super) fn decorations(inst: &Instruction) -> String {
    let mut text = String::new();
    if inst.is_broadcast() {
        text.push_str(".BCST");
    }
    text.push_str(match inst.rounding_control() {
        RoundingControl::RoundToNearest => ".RN_SAE",
        RoundingControl::RoundDown => ".RD_SAE",
        RoundingControl::RoundUp => ".RU_SAE",
        RoundingControl::RoundTowardZero => ".RZ_SAE",
        RoundingControl::None if inst.suppress_all_exceptions() => ".SAE",
        RoundingControl::None => "",
    });
    if inst.zeroing_masking() {
        text.push_str(".Z");
    }
    text
}

/// A register as Go's assembler names it: one name for all widths, but for the old 8-bit ones.
pub(super) fn register(register: Register) -> Cow<'static, str> {
    let name = format!("{register:?}");
    if register.is_gpr() {
        let numbered = name.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        let bare = match register {
            Register::AL
            | Register::AH
            | Register::BL
            | Register::BH
            | Register::CL
            | Register::CH
            | Register::DL
            | Register::DH => &name,
            _ if numbered => name.trim_end_matches(['L', 'W', 'D']),
            _ if register.is_gpr8() => name.trim_end_matches('L'),
            _ if register.is_gpr16() => &name,
            _ => &name[1..],
        };
        return bare.to_owned().into();
    }
    match register {
        Register::RIP | Register::EIP => "IP".into(),
        _ if register.is_mm() => name.replace("MM", "M").into(),
        _ if register.is_st() => name.replace("ST", "F").into(),
        _ if register.is_vector_register() => name.replace("MM", "").into(),
        _ => name.into(),
    }
}
