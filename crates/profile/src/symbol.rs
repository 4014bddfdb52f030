//! Names of Go functions as linkers and profiles spell them.

/// A symbol's import path, empty if it has none, and its name in that package.
///
/// In the last element of a path linkers spell dots `%2e`, so the first dot behind the last slash ends the path. A
/// slash behind a bracket belongs to a type argument or a receiver.
///
/// ```
/// assert_eq!(profile::split_symbol("encoding/json.(*Decoder).Decode"), ("encoding/json", "(*Decoder).Decode"));
/// assert_eq!(profile::split_symbol("slices.Grow[go.shape.[]a/b.T]"), ("slices", "Grow[go.shape.[]a/b.T]"));
/// ```
pub fn split_symbol(symbol: &str) -> (&str, &str) {
    let plain = symbol.find(['[', '(']).unwrap_or(symbol.len());
    let slash = symbol[..plain].rfind('/').map_or(0, |at| at + 1);
    match symbol[slash..].find('.') {
        Some(dot) => (&symbol[..slash + dot], &symbol[slash + dot + 1..]),
        None => ("", symbol),
    }
}

/// Undoes the linker's `%xx` in import paths.
///
/// ```
/// assert_eq!(profile::unescape_path("gopkg.in/yaml%2ev3"), "gopkg.in/yaml.v3");
/// ```
pub fn unescape_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let code = rest
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) if code.is_ascii() => {
                out.push(char::from(code));
                rest = &rest[at + 3..];
            }
            _ => {
                out.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_symbols_do_not_panic() {
        for symbol in ["", ".", "/", "a", "%", "a%2", "a%zz.b", "é%é.x", "[", "(."] {
            let (path, _) = split_symbol(symbol);
            unescape_path(path);
        }
    }
}
