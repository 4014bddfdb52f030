//! Prints what the crate reads, in the form of Go's own tools, so that `diff` can compare them:
//! `nm FILE`, `funcs FILE`, `objdump FILE`, `frames FILE` and `go-frames FILE` (addresses on
//! standard input), `hex FILE` (instructions on standard input, as of the file's processor),
//! `demangle LEVEL` (names on standard input).

use std::io::{BufRead, Write};
use std::path::Path;

use base::System;
use base::system::OsSystem;
use objfile::demangle::Level;
use objfile::{Binary, Detail, Syntax};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, command, file] = &args[..] else {
        return Err("want: COMMAND FILE".into());
    };
    if command == "demangle" {
        return demangle(file);
    }
    let binary = Binary::open(OsSystem::default().read(Path::new(file))?)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match command.as_str() {
        "nm" => {
            for symbol in binary.symbols().iter() {
                let (address, size) = (symbol.address, symbol.size);
                writeln!(
                    out,
                    "{address:8x} {size:10} {} {}",
                    symbol.code, symbol.name
                )?;
            }
        }
        "funcs" => {
            for func in binary.pclntab().ok_or("no pclntab")?.functions() {
                writeln!(out, "{:x} {:x} {}", func.entry, func.end, func.name())?;
            }
        }
        "frames" | "go-frames" => {
            let detail = if command == "frames" {
                Detail::Full
            } else {
                Detail::GoTool
            };
            for address in std::io::stdin().lock().lines() {
                let address = address?;
                let pc = u64::from_str_radix(address.trim_start_matches("0x"), 16)?;
                writeln!(out, "{pc:#x}")?;
                for f in binary.frames(pc, detail) {
                    let mark = if f.inlined { " (inline)" } else { "" };
                    writeln!(out, "{}{mark}\n{}:{}", f.function, f.file, f.line)?;
                }
            }
        }
        "objdump" => {
            let text = |symbol: &objfile::Symbol<'_>| matches!(symbol.code, 'T' | 't');
            for symbol in binary.symbols().iter().filter(text) {
                let end = symbol.address + symbol.size;
                for inst in binary.disassemble(symbol.address, end, Syntax::Go)? {
                    writeln!(out, "{:#x}\t{}", inst.address, inst.text)?;
                }
            }
        }
        "hex" => {
            for line in std::io::stdin().lock().lines() {
                let line = line?;
                let byte = |at: usize| u8::from_str_radix(&line[at..at + 2], 16);
                let bytes = (0..line.len())
                    .step_by(2)
                    .map(byte)
                    .collect::<Result<Vec<_>, _>>()?;
                let (text, size) = objfile::disassemble_one(&bytes, 0x1000, binary.arch);
                writeln!(out, "{line}\t{size}\t{text}")?;
            }
        }
        _ => return Err("unknown command".into()),
    }
    Ok(())
}

/// Names on standard input, at the level named.
fn demangle(level: &str) -> Result<(), Box<dyn std::error::Error>> {
    let level = match level {
        "full" => Level::Full,
        "templates" => Level::Templates,
        "default" => Level::Simple,
        _ => Level::None,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", objfile::demangle::function_name(&line?, level))?;
    }
    Ok(())
}
