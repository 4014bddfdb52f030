//! Machine code as text.
//!
//! [`Syntax::Go`] follows the rules by which `go tool objdump` and `go tool pprof` print (Go's
//! assembler syntax: sources first, sizes as suffixes, `(SB)` for symbols); decoding is done by
//! maintained crates or, for arm64, by a table of our own. Intel and AT&T syntax exist for x86.

mod arm64;
#[cfg(test)]
mod tests;
mod x86;

use std::borrow::Cow;

use crate::binary::{Arch, Binary};
use crate::symbols::Symbol;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    Go,
    Intel,
    Att,
}

/// One instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inst<'a> {
    pub address: u64,
    /// In bytes; never 0.
    pub size: usize,
    /// `?` if the bytes are no instruction we know; then one byte, on arm64 four.
    pub text: String,
    /// From the pclntab; empty if unknown.
    pub file: Cow<'a, str>,
    /// 0 if unknown.
    pub line: i32,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DisasmError {
    #[error("text section not found")]
    NoText,
    #[error("unsupported architecture {0:?}")]
    Arch(&'static str),
    #[error("no {0:?} syntax for {1}")]
    Syntax(Syntax, &'static str),
}

/// The symbol at an address: name and start.
type Lookup<'l, 'a> = &'l dyn Fn(u64) -> Option<(Cow<'a, str>, u64)>;

/// The first instruction of `code` in Go's syntax, without symbols, and its size in bytes.
pub fn disassemble_one(code: &[u8], pc: u64, arch: Arch) -> (String, usize) {
    match arch {
        Arch::Amd64 => x86::decode(code, pc, 64, Syntax::Go, &|_| None),
        Arch::X86 => x86::decode(code, pc, 32, Syntax::Go, &|_| None),
        Arch::Arm64 => arm64::decode(code, pc, &|_| None),
        _ => ("?".to_owned(), 1),
    }
}

impl Binary {
    /// The instructions from `start` up to `end`, the first address not to be shown; parts outside
    /// of the text section are left out. pprof's symbols end with their last byte, so there `end`
    /// is that plus one.
    pub fn disassemble(
        &self,
        start: u64,
        end: u64,
        syntax: Syntax,
    ) -> Result<Vec<Inst<'_>>, DisasmError> {
        let (text_start, text) = self.text().ok_or(DisasmError::NoText)?;
        let decode: fn(&[u8], u64, Syntax, Lookup<'_, '_>) -> (String, usize) =
            match (self.arch, syntax) {
                (Arch::Amd64, _) => {
                    |code, pc, syntax, lookup| x86::decode(code, pc, 64, syntax, lookup)
                }
                (Arch::X86, _) => {
                    |code, pc, syntax, lookup| x86::decode(code, pc, 32, syntax, lookup)
                }
                (Arch::Arm64, Syntax::Go) => |code, pc, _, lookup| arm64::decode(code, pc, lookup),
                (Arch::Arm64, _) => return Err(DisasmError::Syntax(syntax, "arm64")),
                (arch, _) => return Err(DisasmError::Arch(arch.goarch())),
            };
        let tab = self.pclntab();
        let lookup = |address| self.code_symbol(address);
        let end = end.min(text_start.saturating_add(text.len() as u64));
        let mut pc = start.max(text_start);
        let mut insts = Vec::new();
        let mut func = None;
        while pc < end {
            let from = (pc - text_start) as usize;
            let to = (end - text_start) as usize;
            let code = text.get(from..to).unwrap_or_default();
            let (text, size) = decode(code, pc, syntax, &lookup);
            let size = size.clamp(1, code.len().max(1));
            if let Some(tab) = tab {
                let same = func.filter(|f: &crate::Func<'_>| f.entry <= pc && pc < f.end);
                func = same.or_else(|| tab.find(pc));
            }
            let place = tab.zip(func).map(|(tab, func)| tab.file_line(&func, pc));
            let (file, line) = place.unwrap_or_default();
            insts.push(Inst {
                address: pc,
                size,
                text,
                file,
                line,
            });
            pc += size as u64;
        }
        Ok(insts)
    }

    /// The symbol over an address, passing over the marks at both ends of the text.
    fn code_symbol(&self, address: u64) -> Option<(Cow<'_, str>, u64)> {
        const MARKS: [&str; 6] = [
            "runtime.text",
            "text",
            "_text",
            "runtime.etext",
            "etext",
            "_etext",
        ];
        let mark = |symbol: &Symbol<'_>| MARKS.contains(&&*symbol.name);
        let symbol = self.symbols().up_to(address).find(|symbol| !mark(symbol))?;
        if symbol.address == 0 || !symbol.contains(address) {
            return None;
        }
        Some((symbol.name, symbol.address))
    }
}
