//! x86: decoded by `iced-x86`, printed in Go's syntax by the rules of golang.org/x/arch
//! x86/x86asm, as vendored by go1.27.3.
//!
//! Where that package and iced see an instruction differently (names, operands it shows or hides,
//! the operand size a suffix stands for), [`names`] and [`operands`] hold the translation.

mod names;
mod operands;

use iced_x86::{
    Decoder, DecoderOptions, EncodingKind, Formatter, GasFormatter, Instruction, IntelFormatter,
};

use super::{Lookup, Syntax};

/// One instruction as text, and its size in bytes.
pub(super) fn decode(
    code: &[u8],
    pc: u64,
    bits: u32,
    syntax: Syntax,
    lookup: Lookup<'_, '_>,
) -> (String, usize) {
    let unknown = || ("?".to_owned(), 1);
    let window = code.get(..code.len().min(15)).unwrap_or_default();
    let Ok(mut decoder) = Decoder::try_with_ip(bits, window, pc, DecoderOptions::NO_INVALID_CHECK)
    else {
        return unknown();
    };
    let inst = decoder.decode();
    if inst.is_invalid() {
        return unknown();
    }
    let text = match syntax {
        Syntax::Go => {
            let Some(bytes) = window.get(..inst.len()) else {
                return unknown();
            };
            match go_syntax(&inst, bytes, bits, lookup) {
                Some(text) => text,
                None => return unknown(),
            }
        }
        Syntax::Intel => formatted(&mut IntelFormatter::new(), &inst),
        Syntax::Att => formatted(&mut GasFormatter::new(), &inst),
    };
    (text, inst.len())
}

fn formatted(formatter: &mut dyn Formatter, inst: &Instruction) -> String {
    let options = formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_space_after_operand_separator(true);
    options.set_branch_leading_zeros(false);
    options.set_rip_relative_addresses(true);
    let mut text = String::new();
    formatter.format(inst, &mut text);
    text
}

/// What stands before the opcode.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Prefixes {
    /// The last F2 or F3.
    repeat: Option<u8>,
    /// The last LOCK or segment override.
    other: Option<u8>,
    operand_size: bool,
    rex_w: bool,
    /// Of VEX and EVEX instructions: 0, 1, 2 for 128, 256, 512 bits.
    vector_length: Option<u8>,
}

impl Prefixes {
    fn read(bytes: &[u8], bits: u32) -> Prefixes {
        let mut prefixes = Prefixes::default();
        for &byte in bytes {
            match byte {
                0xf2 | 0xf3 => prefixes.repeat = Some(byte),
                0x26 | 0x2e | 0x36 | 0x3e | 0x64 | 0x65 | 0xf0 => prefixes.other = Some(byte),
                0x66 => prefixes.operand_size = true,
                0x67 => {}
                0x40..=0x4f if bits == 64 => {
                    prefixes.rex_w = byte & 8 != 0;
                    break;
                }
                _ => break,
            }
        }
        prefixes
    }

    /// The word before the name: a prefix the operands do not show already. 64-bit code has no use
    /// for the four old segments, so these always show.
    fn shown(self, inst: &Instruction, bits: u32) -> &'static str {
        let branch = names::is_conditional_branch(inst);
        let in_operand = names::has_memory(inst) || names::is_string(inst);
        let old_hidden = bits == 32 && in_operand;
        match self.other {
            _ if self.vector_length.is_some() => "",
            Some(0xf0) => "LOCK ",
            Some(0x2e) if branch => "PN ",
            Some(0x3e) if branch => "PT ",
            Some(0x64) if !in_operand => "FS ",
            Some(0x65) if !in_operand => "GS ",
            Some(0x26) if !old_hidden => "ES ",
            Some(0x2e) if !old_hidden => "CS ",
            Some(0x36) if !old_hidden => "SS ",
            Some(0x3e) if !old_hidden => "DS ",
            _ => "",
        }
    }

    /// The operand size in bits by prefixes alone.
    fn data_size(self) -> u32 {
        match (self.rex_w, self.operand_size) {
            (true, _) => 64,
            (false, true) => 16,
            (false, false) => 32,
        }
    }
}

fn vector_length(inst: &Instruction, bytes: &[u8]) -> Option<u8> {
    if inst.code().op_code().encoding() == EncodingKind::Legacy {
        return None;
    }
    let byte = |at: usize| bytes.get(at).copied();
    match byte(0)? {
        0xc5 => Some(byte(1)? >> 2 & 1),
        0xc4 => Some(byte(2)? >> 2 & 1),
        0x62 => Some(byte(3)? >> 5 & 3),
        _ => None,
    }
}

fn go_syntax(
    inst: &Instruction,
    bytes: &[u8],
    bits: u32,
    lookup: Lookup<'_, '_>,
) -> Option<String> {
    let mut prefixes = Prefixes::read(bytes, bits);
    prefixes.vector_length = vector_length(inst, bytes);
    let name = names::name(inst)?;
    let mut args = operands::operands(inst, prefixes, bits, lookup);
    if &*name == "CMP" {
        // Comparisons read from left to right (go.dev/issue/60920).
        args.reverse();
    }
    let mut text = String::new();
    if let Some(repeat) = prefixes.repeat
        && prefixes.vector_length.is_none()
        && !names::repeat_is_opcode(inst, repeat)
    {
        text.push_str(if repeat == 0xf3 { "REP; " } else { "REPNE; " });
    }
    text.push_str(prefixes.shown(inst, bits));
    text.push_str(&name);
    text.push_str(names::suffix(inst, prefixes));
    text.push_str(&names::decorations(inst));
    args.reverse();
    if !args.is_empty() {
        text.push(' ');
        text.push_str(&args.join(", "));
    }
    Some(text)
}
