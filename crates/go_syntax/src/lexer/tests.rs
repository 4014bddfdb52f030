use super::*;

/// Tokens with their text, `⏎` for semicolons that are not written, and problems with their offset.
fn lex(src: &str) -> String {
    let mut lexer = Lexer::new(src);
    let mut out = Vec::new();
    loop {
        let lexeme = lexer.next();
        let text = &src[lexeme.range.start as usize..lexeme.range.end as usize];
        match lexeme.token {
            Token::Eof => break,
            Token::Semicolon if text.is_empty() => out.push("⏎".to_owned()),
            token if token.is_literal() => out.push(format!("{token:?}({text})")),
            _ => out.push(text.to_owned()),
        }
    }
    let problems = lexer.problems.iter();
    out.extend(problems.map(|p| format!("[{}: {}]", p.at, p.message)));
    out.join(" ")
}

#[test]
fn newline_ends_what_can_end_a_statement() {
    let cases = [
        ("a\nb", "a ⏎ b ⏎"),
        ("a +\nb", "a + b ⏎"),
        ("return\n}\n", "return ⏎ } ⏎"),
        ("x++ // c\ny", "x ++ ⏎ y ⏎"),
        ("x /* c */ y", "x y ⏎"),
        ("x /* c\n */ y", "x ⏎ y ⏎"),
        ("f(\n)", "f ( ) ⏎"),
        ("if\ngo", "if go"),
        ("", ""),
    ];
    for (src, tokens) in cases {
        assert_eq!(lex(src), tokens, "{src:?}");
    }
}

#[test]
fn numbers() {
    let cases = [
        (
            "0 0755 0x_Af 0b01 0o7 1_000",
            "Int(0) Int(0755) Int(0x_Af) Int(0b01) Int(0o7) Int(1_000) ⏎",
        ),
        (
            "1. .5 1e3 0x1p-2 0x.8p0",
            "Float(1.) Float(.5) Float(1e3) Float(0x1p-2) Float(0x.8p0) ⏎",
        ),
        (
            "0755i 09i 1.5i 089.5",
            "Imag(0755i) Imag(09i) Imag(1.5i) Float(089.5) ⏎",
        ),
        ("08", "Int(08) ⏎ [0: invalid digit '8' in octal literal]"),
        (
            "0b12",
            "Int(0b12) ⏎ [0: invalid digit '2' in binary literal]",
        ),
        ("0x", "Int(0x) ⏎ [0: hexadecimal literal has no digits]"),
        (
            "1__0",
            "Int(1__0) ⏎ [0: '_' must separate successive digits]",
        ),
        ("1e", "Float(1e) ⏎ [2: exponent has no digits]"),
        (
            "0x1.0",
            "Float(0x1.0) ⏎ [5: hexadecimal mantissa requires a 'p' exponent]",
        ),
        ("a.b.5", "a . b Float(.5) ⏎"),
        ("1..2", "Float(1.) Float(.2) ⏎"),
    ];
    for (src, tokens) in cases {
        assert_eq!(lex(src), tokens, "{src:?}");
    }
}

#[test]
fn strings_and_runes() {
    let cases = [
        (
            r#""a\"b" `x\"#,
            "String(\"a\\\"b\") String(`x\\) ⏎ [7: string not terminated]",
        ),
        (r"'a' '\n' '\''", r"Char('a') Char('\n') Char('\'') ⏎"),
        (
            "'' 'ab'",
            "Char('') Char('ab') ⏎ [0: empty rune literal or unescaped '] [3: more than one character in rune literal]",
        ),
        ("\"a\nb", "String(\"a) ⏎ b ⏎ [0: newline in string]"),
        (r#""\q""#, r#"String("\q") ⏎ [1: unknown escape]"#),
        (
            r#""\400""#,
            r#"String("\400") ⏎ [1: octal escape value 256 > 255]"#,
        ),
        (
            r#""\uD800""#,
            r#"String("\uD800") ⏎ [1: escape is invalid Unicode code point]"#,
        ),
    ];
    for (src, tokens) in cases {
        assert_eq!(lex(src), tokens, "{src:?}");
    }
}

#[test]
fn names_in_any_alphabet() {
    assert_eq!(lex("größe _x x٣ func1 func"), "größe _x x٣ func1 func");
    assert_eq!(lex("\u{feff}x"), "x ⏎");
    assert_eq!(
        lex("x \u{feff} # y"),
        "x \u{feff} # y ⏎ [2: invalid BOM in the middle of the file] [6: invalid character U+0023 '#']"
    );
}

#[test]
fn the_longest_operator_wins() {
    assert_eq!(
        lex("a&^=b&^c&&d&e<-f<<=g...h:=~i"),
        "a &^= b &^ c && d & e <- f <<= g ... h := ~ i ⏎"
    );
}

#[test]
fn comments_are_kept_with_their_ranges() {
    let src = "a // one\r\n/* two */ b // three";
    let mut lexer = Lexer::new(src);
    while lexer.next().token != Token::Eof {}
    let texts: Vec<_> = (lexer.comments.iter())
        .map(|c| &src[c.range.start as usize..c.range.end as usize])
        .collect();
    assert_eq!(texts, ["// one", "/* two */", "// three"]);
}
