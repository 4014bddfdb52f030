//! Numbers and bytes one after another.

use base::{put_varint, take_varint};

/// The bytes are no summary, or none that goes with what it is read into.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("corrupt summary")]
pub struct Corrupt;

#[derive(Default)]
pub(super) struct Out {
    pub(super) bytes: Vec<u8>,
}

impl Out {
    pub(super) fn num(&mut self, value: impl Into<u64>) {
        put_varint(&mut self.bytes, value.into());
    }

    pub(super) fn len(&mut self, value: usize) {
        self.num(value as u64);
    }

    /// Small ones of either sign are short.
    pub(super) fn signed(&mut self, value: i64) {
        self.num(((value << 1) ^ (value >> 63)) as u64);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }
}

pub(super) struct In<'a> {
    rest: &'a [u8],
}

impl<'a> In<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn num(&mut self) -> Result<u64, Corrupt> {
        take_varint(&mut self.rest).ok_or(Corrupt)
    }

    pub(super) fn small(&mut self) -> Result<u32, Corrupt> {
        u32::try_from(self.num()?).map_err(|_| Corrupt)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Corrupt> {
        let value = self.num()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A count of things that take a byte at least: so memory stays within what the bytes announce.
    pub(super) fn len(&mut self) -> Result<usize, Corrupt> {
        let len = usize::try_from(self.num()?).map_err(|_| Corrupt)?;
        if len > self.rest.len() {
            return Err(Corrupt);
        }
        Ok(len)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Corrupt> {
        let len = self.len()?;
        let (bytes, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn end(&self) -> Result<(), Corrupt> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Corrupt)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX];
        let signed = [0, -1, 1, -64, 64, i64::MIN, i64::MAX];
        let mut out = Out::default();
        for number in numbers {
            out.num(number);
        }
        for number in signed {
            out.signed(number);
        }
        out.bytes(b"end");
        let mut input = In::new(&out.bytes);
        for number in numbers {
            assert_eq!(input.num(), Ok(number));
        }
        for number in signed {
            assert_eq!(input.signed(), Ok(number));
        }
        assert_eq!(input.bytes(), Ok(&b"end"[..]));
        assert_eq!(input.end(), Ok(()));
        assert_eq!(input.num(), Err(Corrupt));
        assert_eq!(In::new(&[5, 1]).len(), Err(Corrupt), "more than there is");
        assert_eq!(In::new(&[0xff; 12]).num(), Err(Corrupt));
    }
}
