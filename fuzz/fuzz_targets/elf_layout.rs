#![no_main]

#[path = "../properties.rs"]
#[expect(dead_code, reason = "each target runs one of the properties")]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::elf_layout(data));
