//! Operands.

use std::fmt::Write;

use iced_x86::{Code, Instruction, Mnemonic, OpKind, Register};

use super::names::register;
use super::{Lookup, Prefixes};

/// All operands in Intel's order, destination first.
pub(super) fn operands(
    inst: &Instruction,
    prefixes: Prefixes,
    bits: u32,
    lookup: Lookup<'_, '_>,
) -> Vec<String> {
    if inst.code() == Code::Int3 {
        return vec!["$0x3".to_owned()];
    }
    if inst.mnemonic() == Mnemonic::Xlatb {
        return vec![format!("{}:0(BX)", register(inst.memory_segment()))];
    }
    let mut args = Vec::with_capacity(4);
    for n in shown(inst) {
        args.push(operand(inst, n, prefixes, bits, lookup));
        if n == 0 && inst.op_mask() != Register::None {
            args.push(register(inst.op_mask()).into_owned());
        }
    }
    // These read X0 without saying so.
    if matches!(
        inst.mnemonic(),
        Mnemonic::Sha256rnds2 | Mnemonic::Pblendvb | Mnemonic::Blendvps | Mnemonic::Blendvpd
    ) {
        args.push("X0".to_owned());
    }
    args
}

/// Which operands are shown: not those an instruction has no choice in.
fn shown(inst: &Instruction) -> std::ops::Range<u32> {
    use Mnemonic as M;
    match inst.mnemonic() {
        M::Maskmovq | M::Maskmovdqu | M::Vmaskmovdqu => 0..2,
        M::Fcom | M::Fcomp | M::Fxch | M::Fucom | M::Fucomp if inst.op_count() == 2 => 1..2,
        _ => 0..inst.op_count(),
    }
}

fn operand(
    inst: &Instruction,
    n: u32,
    prefixes: Prefixes,
    bits: u32,
    lookup: Lookup<'_, '_>,
) -> String {
    match inst.op_kind(n) {
        OpKind::Register => register(inst.op_register(n)).into_owned(),
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => {
            let target = inst.near_branch_target();
            match lookup(target) {
                Some((name, start)) if start == target => format!("{name}(SB)"),
                _ => format!("{target:#x}"),
            }
        }
        OpKind::Memory => memory(inst, prefixes, bits, lookup),
        OpKind::MemorySegSI | OpKind::MemorySegESI | OpKind::MemorySegRSI => {
            format!("{}:0(SI)", register(inst.memory_segment()))
        }
        OpKind::MemorySegDI | OpKind::MemorySegEDI | OpKind::MemorySegRDI => {
            format!("{}:0(DI)", register(inst.memory_segment()))
        }
        OpKind::MemoryESDI | OpKind::MemoryESEDI | OpKind::MemoryESRDI => "ES:0(DI)".to_owned(),
        kind => immediate(inst, n, kind, prefixes, bits, lookup),
    }
}

fn immediate(
    inst: &Instruction,
    n: u32,
    kind: OpKind,
    prefixes: Prefixes,
    bits: u32,
    lookup: Lookup<'_, '_>,
) -> String {
    let value = inst.try_immediate(n).unwrap_or_default();
    let unsigned = matches!(
        inst.mnemonic(),
        Mnemonic::Ret | Mnemonic::Retf | Mnemonic::Enter
    );
    let value = match kind {
        OpKind::Immediate16 if unsigned => value as i64,
        OpKind::Immediate16 | OpKind::Immediate8to16 => i64::from(value as i16),
        OpKind::Immediate32 | OpKind::Immediate8to32 => i64::from(value as i32),
        _ => value as i64,
    };
    // Only 32-bit code takes the address of a symbol so, but 32-bit operands are enough here.
    if matches!(inst.mnemonic(), Mnemonic::Mov | Mnemonic::Push)
        && prefixes.data_size() == 32
        && let Some((name, start)) = lookup(value as u64)
    {
        return format!(
            "${}(SB)",
            with_offset(&name, (value as u64).wrapping_sub(start) as i64)
        );
    }
    if bits == 32 {
        format!("${:#x}", value as u32)
    } else if i64::from(value as i32) == value {
        format!("${}", signed_hex(value))
    } else {
        format!("${value:#x}")
    }
}

fn with_offset(name: &str, offset: i64) -> String {
    if offset == 0 {
        name.to_owned()
    } else {
        format!("{name}{offset:+}")
    }
}

/// Go's `%#x` of a signed number.
fn signed_hex(value: i64) -> String {
    if value < 0 {
        format!("-{:#x}", value.unsigned_abs())
    } else {
        format!("{value:#x}")
    }
}

/// The displacement as x86asm reads it: one byte is signed, four are not, except in VEX and EVEX
/// instructions.
fn displacement(inst: &Instruction, prefixes: Prefixes) -> i64 {
    if is_moffs(inst) {
        return inst.memory_displacement64() as i64;
    }
    let relative = inst.is_ip_rel_memory_operand();
    let base = if relative { inst.next_ip() } else { 0 };
    let value = inst.memory_displacement64().wrapping_sub(base) as i64;
    // Without base and index iced says 8 where the bytes hold 4.
    let wide = inst.memory_displ_size() != 1 || relative;
    if prefixes.vector_length.is_some() || !wide {
        i64::from(value as i32)
    } else {
        i64::from(value as u32)
    }
}

/// The old moves between the accumulator and an address of full width.
fn is_moffs(inst: &Instruction) -> bool {
    matches!(
        inst.code(),
        Code::Mov_AL_moffs8
            | Code::Mov_AX_moffs16
            | Code::Mov_EAX_moffs32
            | Code::Mov_RAX_moffs64
            | Code::Mov_moffs8_AL
            | Code::Mov_moffs16_AX
            | Code::Mov_moffs32_EAX
            | Code::Mov_moffs64_RAX
    )
}

fn memory(inst: &Instruction, prefixes: Prefixes, bits: u32, lookup: Lookup<'_, '_>) -> String {
    let relative = inst.is_ip_rel_memory_operand();
    let displacement = displacement(inst, prefixes);
    // x86asm does not know that VEX and EVEX instructions address relative to IP, too.
    let base = match inst.memory_base() {
        Register::RIP | Register::EIP if prefixes.vector_length.is_some() => Register::None,
        base => base,
    };
    let index = inst.memory_index();
    let segment = match inst.segment_prefix() {
        Register::FS | Register::GS => inst.segment_prefix(),
        other if bits == 32 => other,
        _ => Register::None,
    };
    let absolute = base == Register::None && index == Register::None;
    if segment == Register::None && displacement != 0 && (relative || absolute) {
        let next = if relative && !absolute {
            inst.next_ip()
        } else {
            0
        };
        let address = next.wrapping_add(displacement as u64);
        if let Some((name, start)) = lookup(address) {
            return format!(
                "{}(SB)",
                with_offset(&name, address.wrapping_sub(start) as i64)
            );
        }
    }
    let mut text = String::new();
    if segment != Register::None {
        text.push_str(&register(segment));
        text.push(':');
    }
    if displacement == 0 {
        text.push('0');
    } else {
        text.push_str(&signed_hex(displacement));
    }
    if base != Register::None {
        let _ = write!(text, "({})", register(base));
    }
    if index != Register::None {
        let _ = write!(text, "({}*{})", register(index), inst.memory_index_scale());
    }
    text
}
