//! The encoding of the input: byte order marks, UTF-16, terminal escapes.

use std::io::{self, Read};

/// Whether `head`, the first bytes of an input, is UTF-16: a byte order mark, or text in which
/// every other byte is NUL.
pub fn is_utf16(head: &[u8]) -> bool {
    order(head).is_some()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

fn order(head: &[u8]) -> Option<Order> {
    match head {
        [0xff, 0xfe, ..] => return Some(Order::Little),
        [0xfe, 0xff, ..] => return Some(Order::Big),
        _ => {}
    }
    let text = &head[..head.len().min(64) / 2 * 2];
    let all = |nul: usize| {
        let pairs = text.chunks_exact(2);
        let plain = |pair: &[u8]| pair[nul] == 0 && matches!(pair[1 - nul], b'\t'..=b'~');
        text.len() >= 8 && pairs.clone().all(plain)
    };
    if all(1) {
        Some(Order::Little)
    } else if all(0) {
        Some(Order::Big)
    } else {
        None
    }
}

/// An input as UTF-8, without a byte order mark. Bytes of an input that is not UTF-16 pass as they
/// are.
pub(super) struct Utf8<'r> {
    input: &'r mut dyn Read,
    /// Bytes read to find out the encoding, and how many of them were handed on.
    head: Vec<u8>,
    at: usize,
    order: Option<Order>,
    /// Bytes of an incomplete code unit or surrogate pair.
    rest: Vec<u8>,
}

impl<'r> Utf8<'r> {
    pub(super) fn new(input: &'r mut dyn Read) -> io::Result<Self> {
        let mut head = Vec::new();
        (&mut *input).take(64).read_to_end(&mut head)?;
        let order = order(&head);
        let mark = match head.as_slice() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => 2,
            [0xef, 0xbb, 0xbf, ..] => 3,
            _ => 0,
        };
        Ok(Self {
            input,
            head,
            at: mark,
            order,
            rest: Vec::new(),
        })
    }

    fn read_raw(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = &self.head[self.at..];
        if left.is_empty() {
            return self.input.read(buffer);
        }
        let n = left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&left[..n]);
        self.at += n;
        Ok(n)
    }

    fn read_utf16(&mut self, order: Order, buffer: &mut [u8]) -> io::Result<usize> {
        // A code unit becomes at most three bytes.
        let mut raw = vec![0; buffer.len() / 3 / 2 * 2];
        loop {
            let n = self.read_raw(&mut raw)?;
            self.rest.extend_from_slice(&raw[..n]);
            let mut whole = self.rest.len() / 2 * 2;
            let unit = |pair: &[u8]| match order {
                Order::Little => u16::from_le_bytes([pair[0], pair[1]]),
                Order::Big => u16::from_be_bytes([pair[0], pair[1]]),
            };
            let last = whole.checked_sub(2).map(|at| unit(&self.rest[at..]));
            // The other half of a pair may follow.
            if n > 0 && last.is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) {
                whole -= 2;
            }
            if whole == 0 {
                if n == 0 {
                    return Ok(0);
                }
                continue;
            }
            let units = self.rest[..whole].chunks_exact(2).map(unit);
            let chars = char::decode_utf16(units);
            let text: String = chars
                .map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            self.rest.drain(..whole);
            let bytes = text.as_bytes();
            // At most three bytes a unit, and `raw` and `rest` together hold a third of them.
            let n = bytes.len().min(buffer.len());
            buffer[..n].copy_from_slice(&bytes[..n]);
            return Ok(n);
        }
    }
}

impl Read for Utf8<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.order {
            // Room for the bytes of `rest` and one unit more.
            Some(order) if buffer.len() >= 24 => {
                let room = buffer.len() - 12;
                self.read_utf16(order, &mut buffer[..room])
            }
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => self.read_raw(buffer),
        }
    }
}

/// A line without the escape sequences of a terminal.
pub(super) fn without_escapes(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        if *byte != 0x1b {
            out.push(*byte);
            at += 1;
            continue;
        }
        let after = &line[at + 1..];
        let len = match after.first() {
            // CSI: parameters, then one letter.
            Some(b'[') => after[1..]
                .iter()
                .position(|byte| (0x40..=0x7e).contains(byte))
                .map_or(after.len(), |end| end + 2),
            // OSC: up to BEL or ESC \.
            Some(b']') => after
                .iter()
                .position(|byte| matches!(byte, 7 | 0x1b))
                .map_or(after.len(), |end| {
                    end + 1 + usize::from(after[end] == 0x1b && after.get(end + 1) == Some(&b'\\'))
                }),
            Some(_) => 1,
            None => 0,
        };
        at += 1 + len;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(mut bytes: &[u8]) -> String {
        let mut text = Vec::new();
        let mut reader = Utf8::new(&mut bytes).unwrap();
        let mut buffer = [0; 64];
        loop {
            let n = reader.read(&mut buffer).unwrap();
            if n == 0 {
                break;
            }
            text.extend_from_slice(&buffer[..n]);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn every_encoding_becomes_utf_8() {
        let text = "goroutine 7 [select]:\nmain.é😀()\n".repeat(9);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mark = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        let cases = [
            mark(&[0xff, 0xfe], &little),
            mark(&[0xfe, 0xff], &big),
            mark(&[0xef, 0xbb, 0xbf], text.as_bytes()),
            text.as_bytes().to_vec(),
        ];
        for bytes in cases {
            assert_eq!(decoded(&bytes), text);
        }
        assert!(is_utf16(b"g\0o\0r\0o\0u\0") && is_utf16(b"\0g\0o\0r\0o"));
        assert!(!is_utf16(b"\0\0\0\0\0\0\0\0") && !is_utf16(b"\x0a\x04\x08\x01\x10\x02\x0a\x04"));
    }

    #[test]
    fn escapes_are_taken_out() {
        let line = b"\x1b[1;31mgoroutine 7\x1b[0m \x1b]8;;http://x\x1b\\[select]:\x1b[K";
        assert_eq!(without_escapes(line), b"goroutine 7 [select]:");
        assert_eq!(without_escapes(b"a\x1b"), b"a");
    }
}
