//! Instructions against recorded text: at least one of every name `golang.org/x/arch` knows.

use std::fmt::Write;

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn check(recorded: &str, arch: Arch) {
    let mut wrong = String::new();
    let mut cases = 0;
    for line in recorded.lines().filter(|line| !line.starts_with('#')) {
        let (hex, want) = line.split_once(' ').unwrap();
        let code = bytes(hex);
        let (got, size) = disassemble_one(&code, 0x1000, arch);
        cases += 1;
        if got != want || size != code.len() {
            writeln!(wrong, "{hex}: want {want:?}, got {got:?} of {size} bytes").unwrap();
        }
    }
    assert!(cases > 500);
    assert_eq!(wrong, "");
}

#[test]
fn amd64_in_go_syntax() {
    check(
        include_str!("../../resources/disasm/amd64.txt"),
        Arch::Amd64,
    );
}

#[test]
fn arm64_in_go_syntax() {
    check(
        include_str!("../../resources/disasm/arm64.txt"),
        Arch::Arm64,
    );
}

#[test]
fn vzeroupper_takes_no_byte_of_its_successor() {
    let text = disassemble_one(&bytes("c5f877c3"), 0x1000, Arch::Amd64);
    assert_eq!(text, ("VZEROUPPER".to_owned(), 3));
}

#[test]
fn symbols_stand_for_addresses() {
    let lookup = |address: u64| match address {
        0x2000..0x2010 => Some((Cow::Borrowed("main.f"), 0x2000)),
        0x3000..0x3100 => Some((Cow::Borrowed("main.data"), 0x3000)),
        _ => None,
    };
    let cases = [
        // A call into the middle of a function is not a call of it.
        ("e8fb0f0000", "CALL main.f(SB)"),
        ("e8fc0f0000", "CALL 0x2001"),
        ("488d05f91f0000", "LEAQ main.data(SB), AX"),
        ("488d0501200000", "LEAQ main.data+8(SB), AX"),
        ("488d05f90f0000", "LEAQ main.f(SB), AX"),
        ("488d05f9ff0000", "LEAQ 0xfff9(IP), AX"),
    ];
    for (hex, want) in cases {
        let (text, _) = x86::decode(&bytes(hex), 0x1000, 64, Syntax::Go, &lookup);
        assert_eq!(text, want);
    }
    let branch = 0x9400_0400_u32.to_le_bytes();
    assert_eq!(arm64::decode(&branch, 0x1000, &lookup).0, "CALL main.f(SB)");
    assert_eq!(arm64::decode(&branch, 0x1004, &lookup).0, "CALL 1024(PC)");
}

#[test]
fn intel_and_att_syntax() {
    let text = |hex: &str, syntax| x86::decode(&bytes(hex), 0x1000, 64, syntax, &|_| None).0;
    insta::assert_snapshot!(text("488b442410", Syntax::Intel), @"mov rax, [rsp+0x10]");
    insta::assert_snapshot!(text("488b442410", Syntax::Att), @"mov 0x10(%rsp), %rax");
    insta::assert_snapshot!(text("e8fb0f0000", Syntax::Intel), @"call 0x2000");
    insta::assert_snapshot!(text("4881ec88000000", Syntax::Att), @"sub $0x88, %rsp");
}

#[test]
fn any_bytes_decode_to_something() {
    let mut state = 1_u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let code = (state >> 8).to_le_bytes();
        for arch in [Arch::Amd64, Arch::X86, Arch::Arm64] {
            for len in [0, 1, 3, 8] {
                let (text, size) = disassemble_one(&code[..len], state, arch);
                assert!(!text.is_empty() && size > 0);
            }
        }
    }
}
