//! Constants as text that does not depend on their shape.

use std::fmt::Write as _;

use dashu_int::{IBig, UBig};

use super::{Float, Value};

/// Bits of mantissa in written floats.
const WRITTEN: usize = 256;

impl Value {
    /// An integer in decimal, `?` if this is none.
    pub fn int_text(&self) -> String {
        match self.to_int() {
            Value::Int(int) => int.to_string(),
            Value::Big(int) => int.to_string(),
            _ => "?".to_owned(),
        }
    }

    /// A float, rounded to 256 bits, as odd mantissa in hexadecimal and binary exponent: `0x3p-1` is 1.5,
    /// `0x0p0` zero; `?` if this is not a real number.
    pub fn float_text(&self) -> String {
        let float = match self.to_float() {
            Value::Ratio(ratio) => Float::from_ratio_at(&ratio, WRITTEN),
            Value::Float(float) => Some(float.rounded(WRITTEN)),
            _ => None,
        };
        let Some(float) = float else {
            return "?".to_owned();
        };
        if float.is_zero() {
            return "0x0p0".to_owned();
        }
        let (mant, exp) = float.parts();
        let (sign, abs) = if *mant < IBig::ZERO {
            ("-", -mant.clone())
        } else {
            ("", mant.clone())
        };
        format!("{sign}0x{}p{exp}", abs.in_radix(16))
    }

    /// `(re,im)`, each as [`Value::float_text`].
    pub fn complex_text(&self) -> String {
        format!(
            "({},{})",
            self.real_part().float_text(),
            self.imaginary_part().float_text()
        )
    }
}

impl Value {
    /// The value as its own shape tells, where no type does: `2/3`, `(1 + 2i)`.
    pub fn exact_text(&self) -> String {
        match self {
            Value::Unknown => "unknown".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Str(text) => quote_ascii(&text.to_vec()),
            Value::Int(_) | Value::Big(_) => self.int_text(),
            Value::Ratio(ratio) if *ratio.denominator() == UBig::ONE => {
                ratio.numerator().to_string()
            }
            Value::Ratio(ratio) => format!("{}/{}", ratio.numerator(), ratio.denominator()),
            Value::Float(_) => self.float_text(),
            Value::Complex(parts) => {
                format!("({} + {}i)", parts.0.exact_text(), parts.1.exact_text())
            }
        }
    }
}

/// Bytes in quotes, in ASCII, as Go's `strconv.QuoteToASCII` has them.
pub fn quote_ascii(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for rune in chunk.valid().chars() {
            quote_rune(&mut out, rune);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn quote_rune(out: &mut String, rune: char) {
    let simple = match rune {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        ' '..='~' => {
            out.push(rune);
            return;
        }
        _ => {
            let code = u32::from(rune);
            let _ = match code {
                0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                0..0x1_0000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push_str(simple);
}
