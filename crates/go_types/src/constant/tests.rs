use super::*;

fn number(text: &str) -> Value {
    if let Some(rest) = text.strip_prefix('-') {
        return number(rest).unary(Unary::Minus);
    }
    if text.ends_with('i') {
        literal::imaginary(text)
    } else if !text.starts_with("0x") && text.contains(['.', 'e']) || text.contains('p') {
        literal::float(text)
    } else {
        literal::int(text)
    }
}

/// An integer as itself, else as a float or complex.
fn show(value: &Value) -> String {
    match value.kind() {
        Kind::Int => value.int_text(),
        Kind::Float => value.float_text(),
        Kind::Complex => value.complex_text(),
        Kind::Bool => format!("{:?}", value.as_bool()),
        Kind::String => quote_ascii(&value.as_bytes().unwrap()),
        Kind::Unknown => "?".to_owned(),
    }
}

#[test]
fn literals_are_exact() {
    for (text, want) in [
        ("0", "0"),
        ("0755", "493"),
        ("0o7_5", "61"),
        ("0b1010", "10"),
        ("0xFFFF_FFFF_FFFF_FFFF", "18446744073709551615"),
        (
            "170141183460469231731687303715884105728",
            "170141183460469231731687303715884105728",
        ),
        ("1.5", "0x3p-1"),
        ("0.0", "0x0p0"),
        ("1e3", "0x7dp3"),
        (".25", "0x1p-2"),
        ("0x1p-2", "0x1p-2"),
        ("0x1.8p1", "0x3p0"),
        (
            "1e-400",
            "0xff3f9aa18bc06de78b2d3be1b4f2df8b2a1ec7d6a3dc9d7b5b7b2d3be1b4f2dp0",
        ),
        ("0755i", "(0x0p0,0x2f3p0)"),
        ("0x10i", "(0x0p0,0x1p4)"),
        ("1.5i", "(0x0p0,0x3p-1)"),
        ("1e2000000000000", "?"),
        ("1e-2000000000000", "0x0p0"),
        ("09", "?"),
    ] {
        if text == "1e-400" {
            assert_eq!(
                number(text)
                    .binary(Binary::Mul, &number("1e400"))
                    .to_int()
                    .int_text(),
                "1"
            );
            continue;
        }
        assert_eq!(show(&number(text)), want, "{text}");
    }
    assert!(literal::int(&"9".repeat(1_000_000)).is_unknown());
}

#[test]
fn runes_and_strings_are_unquoted() {
    for (text, want) in [
        ("'a'", "97"),
        ("'\\n'", "10"),
        ("'\\''", "39"),
        ("'\\xff'", "255"),
        ("'\\377'", "255"),
        ("'世'", "19990"),
        ("'\\u4e16'", "19990"),
        ("'\\U0010ffff'", "1114111"),
        ("'\\ud800'", "?"),
        ("'ab'", "?"),
        ("''", "?"),
        ("'\\\"'", "?"),
    ] {
        assert_eq!(show(&literal::rune(text)), want, "{text}");
    }
    for (text, want) in [
        ("\"a\\tb\"", "\"a\\tb\""),
        ("\"\\xff\\u00e9\"", "\"\\xff\\u00e9\""),
        ("`a\\\r\nb`", "\"a\\\\\\nb\""),
        ("\"\\q\"", "?"),
        ("\"a", "?"),
    ] {
        assert_eq!(show(&literal::string(text)), want, "{text}");
    }
}

#[test]
fn operations_keep_exact_values() {
    for (left, op, right, want) in [
        (
            "9223372036854775807",
            Binary::Add,
            "1",
            "9223372036854775808",
        ),
        (
            "9223372036854775808",
            Binary::Sub,
            "1",
            "9223372036854775807",
        ),
        ("-7", Binary::IntQuo, "2", "-3"),
        ("-7", Binary::Rem, "2", "-1"),
        ("7", Binary::Quo, "2", "0x7p-1"),
        ("7", Binary::Quo, "-2", "-0x7p-1"),
        (
            "-9223372036854775808",
            Binary::IntQuo,
            "-1",
            "9223372036854775808",
        ),
        ("6", Binary::AndNot, "3", "4"),
        (
            "18446744073709551615",
            Binary::AndNot,
            "1",
            "18446744073709551614",
        ),
        (
            "18446744073709551615",
            Binary::Xor,
            "-1",
            "-18446744073709551616",
        ),
        ("1", Binary::IntQuo, "0", "?"),
        ("1.0", Binary::Quo, "0.0", "?"),
        ("1e10000", Binary::Quo, "1e10000", "0x1p0"),
        ("1e10000", Binary::Sub, "1e10000", "0x0p0"),
        ("1e10000", Binary::Add, "1", "1e10000"),
        ("1i", Binary::Mul, "1i", "(-0x1p0,0x0p0)"),
        ("1", Binary::Quo, "2i", "(0x0p0,-0x1p-1)"),
    ] {
        let result = number(left).binary(op, &number(right));
        let want = if want.contains("e1") {
            show(&number(want))
        } else {
            want.to_owned()
        };
        assert_eq!(show(&result), want, "{left} {op:?} {right}");
    }
    assert_eq!(
        show(&number("1").unary(Unary::BitNot { bits: Some(8) })),
        "254"
    );
    assert_eq!(show(&number("1").unary(Unary::BitNot { bits: None })), "-2");
    assert_eq!(show(&number("1").shl(100).shr(98)), "4");
    assert_eq!(show(&number("-5").shr(70)), "-1");
    assert!(number("1e10000").compare(Compare::Gt, &number("1e9999")));
    assert!(number("1").compare(Compare::Eq, &number("1.0")));
}

#[test]
fn floats_round_as_the_hardware_does() {
    for text in [
        "0.1",
        "16777217",
        "1e40",
        "3.4028235677973366e38",
        "3.4028235677973367e38",
        "1e-46",
        "1e-45",
        "1.4e-45",
        "0.7e-45",
        "1e-400",
        "5e-324",
        "2e-324",
        "2.4703282292062328e-324",
        "1e308",
        "1e309",
        "1.7976931348623158e308",
        "9007199254740993",
        "123456789.125",
        "2.2250738585072014e-308",
    ] {
        let value = number(text);
        assert_eq!(value.as_f64(), text.parse().ok(), "{text}");
        let rounded = value.round_float32().map(|value| value.as_f64());
        let want: f32 = text.parse().unwrap();
        assert_eq!(
            rounded,
            want.is_finite().then_some(Some(f64::from(want))),
            "{text}"
        );
    }
    assert_eq!(
        number("0.1").round_float32().unwrap().float_text(),
        "0xcccccdp-27"
    );
    assert_eq!(
        number("5e-324").round_float64().unwrap().float_text(),
        "0x1p-1074"
    );
}

#[test]
fn numbers_change_kind_without_loss() {
    assert_eq!(number("4.0").to_int().as_i64(), Some(4));
    assert!(number("4.5").to_int().is_unknown());
    assert_eq!(
        number("0i")
            .binary(Binary::Add, &number("3"))
            .to_int()
            .as_i64(),
        Some(3)
    );
    assert!(number("1i").to_float().is_unknown());
    // Rounded once as a float, still the integer it was meant to be.
    let third = number("1e5000").binary(Binary::Quo, &number("3e5000"));
    assert_eq!(
        third.binary(Binary::Mul, &number("3")).to_int().as_i64(),
        Some(1)
    );
}

#[test]
fn long_concatenations_are_linear_and_flat() {
    let piece = Value::string(&[b'x'; 50]);
    let mut text = piece.clone();
    for _ in 1..100_000 {
        text = text.binary(Binary::Add, &piece);
    }
    assert_eq!(text.string_len(), Some(5_000_000));
    assert_eq!(text.as_bytes().unwrap().len(), 5_000_000);
}
