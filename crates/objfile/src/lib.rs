//! What can be read out of a compiled binary: what it is, its symbols, the functions and lines an
//! address belongs to, and its machine code as text.
//!
//! A crate of its own because two parts of the tool stand on it that should not know each other:
//! profiles are symbolized and disassembled with it (`pprof`), and struct layouts are read with it
//! from DWARF. It knows neither profiles nor Go source.
//!
//! Bytes in, values out: the caller reads the file through `base::System` and hands the bytes
//! over. A broken file is never a panic; what cannot be read is missing from the answer, and memory
//! stays within a small multiple of the file.
//!
//! How `pprof` uses it, per mapping of a profile:
//!
//! 1. [`Binary::open`]; compare [`Binary::gnu_build_id`] with the mapping's.
//! 2. The base: [`Binary::go_tool_base`] to agree with `go tool pprof`, [`base()`] to be right also
//!    for kernels and files with several code segments. Then `address - base` (wrapping) for every
//!    location.
//! 3. [`Binary::frames`] with [`Detail::GoTool`] or [`Detail::Full`].
//! 4. [`demangle::function_name`] for the name to show, at the level of `demangle=`.
//! 5. [`Binary::symbols`] and [`Symbols::matching`] for `-list`, `-disasm` and `-weblist`, then
//!    [`Binary::disassemble`] from a symbol's start to its end.
//!
//! Code is printed as `go tool objdump` of go1.27.3 prints it, with two differences on amd64:
//! `VZEROUPPER` and `VZEROALL` do not swallow the byte after them, and instructions that tool does
//! not know (BMI2, ADX) have their names instead of a `?`.
//!
//! ```
//! use objfile::{Binary, Error, Pclntab};
//!
//! assert_eq!(Binary::open(b"#!/bin/sh\n".to_vec()).err(), Some(Error::Unrecognized));
//!
//! // Go's line table can be read alone, too.
//! let broken = [0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
//! assert!(Pclntab::parse(&broken, 0x40_1000).is_none());
//! ```

mod base_address;
mod binary;
mod build_info;
pub mod demangle;
mod disasm;
mod dwarf;
mod frames;
mod pclntab;
mod symbols;
pub mod types;

pub use base_address::{BaseError, Mapping, base, elf_base, segments_for_mapping};
pub use binary::{Arch, Binary, Error, Format, Kind, Section, Segment};
pub use build_info::BuildInfo;
pub use disasm::{DisasmError, Inst, Syntax, disassemble_one};
pub use frames::{Detail, Frame};
pub use pclntab::{Call, Func, Pclntab, Version};
pub use symbols::{Symbol, Symbols};
