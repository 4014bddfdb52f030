//! The protobuf wire format: variable-length integers and tagged fields.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>; groups are refused, as pprof does.

/// Why bytes are not a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WireError {
    /// More bytes could complete it.
    Truncated,
    Invalid,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u64,
    pub(crate) value: Value<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// 32 or 64 bits, which no field of a profile uses.
    Fixed,
}

impl<'a> Value<'a> {
    pub(crate) fn varint(self) -> Result<u64, WireError> {
        match self {
            Self::Varint(value) => Ok(value),
            Self::Bytes(_) | Self::Fixed => Err(WireError::Invalid),
        }
    }

    pub(crate) fn bytes(self) -> Result<&'a [u8], WireError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed => Err(WireError::Invalid),
        }
    }

    /// The integers of a repeated field, packed or one by one.
    #[inline]
    pub(crate) fn repeated(self, mut each: impl FnMut(u64)) -> Result<(), WireError> {
        match self {
            Self::Varint(value) => each(value),
            Self::Fixed => return Err(WireError::Invalid),
            Self::Bytes(data) => packed(data, each)?,
        }
        Ok(())
    }
}

/// Calls `each` with every field of a message.
#[inline]
pub(crate) fn fields<'a, E: From<WireError>>(
    mut message: &'a [u8],
    mut each: impl FnMut(Field<'a>) -> Result<(), E>,
) -> Result<(), E> {
    while !message.is_empty() {
        each(take_field(&mut message)?)?;
    }
    Ok(())
}

/// Takes one field off the front of `data`, which stays as it is on an error.
#[inline]
pub(crate) fn take_field<'a>(data: &mut &'a [u8]) -> Result<Field<'a>, WireError> {
    let mut rest = *data;
    let tag = take_varint(&mut rest)?;
    let value = match tag & 7 {
        0 => Value::Varint(take_varint(&mut rest)?),
        1 => take_bytes(&mut rest, 8).map(|_| Value::Fixed)?,
        2 => {
            let len = take_varint(&mut rest)?;
            Value::Bytes(take_bytes(&mut rest, len)?)
        }
        5 => take_bytes(&mut rest, 4).map(|_| Value::Fixed)?,
        _ => return Err(WireError::Invalid),
    };
    *data = rest;
    let number = tag >> 3;
    Ok(Field { number, value })
}

fn take_bytes<'a>(data: &mut &'a [u8], len: u64) -> Result<&'a [u8], WireError> {
    let len = usize::try_from(len).map_err(|_| WireError::Truncated)?;
    let (bytes, rest) = data.split_at_checked(len).ok_or(WireError::Truncated)?;
    *data = rest;
    Ok(bytes)
}

/// Takes an integer of 1 to 10 bytes off the front of `data`.
#[inline]
pub(crate) fn take_varint(data: &mut &[u8]) -> Result<u64, WireError> {
    // Ids and lengths have up to three bytes as a rule; spelled out, this loop takes a third of
    // the time.
    match **data {
        [a, ref rest @ ..] if a < 0x80 => {
            *data = rest;
            Ok(u64::from(a))
        }
        [a, b, ref rest @ ..] if b < 0x80 => {
            *data = rest;
            Ok(u64::from(a & 0x7f) | u64::from(b) << 7)
        }
        [a, b, c, ref rest @ ..] if c < 0x80 => {
            *data = rest;
            Ok(u64::from(a & 0x7f) | u64::from(b & 0x7f) << 7 | u64::from(c) << 14)
        }
        _ => take_long_varint(data),
    }
}

/// Calls `each` with all integers of a packed field, which are below 2^28 as a rule.
#[inline]
pub(crate) fn packed(mut data: &[u8], mut each: impl FnMut(u64)) -> Result<(), WireError> {
    // Two at a time and without branches: the processor cannot foresee how long each will be, and
    // finding out where the next one starts takes longer than all the rest.
    while let Some((&word, _)) = data.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(word);
        let ends = !word & 0x8080_8080_8080_8080;
        let others = ends & ends.wrapping_sub(1);
        let first = ends.trailing_zeros();
        let second = others.trailing_zeros();
        if others == 0 || first > 31 || second - first > 32 {
            each(take_varint(&mut data)?);
            continue;
        }
        // All bits up to the one that ends it; then those behind, up to the next.
        let up_to = |last: u32| word & (u64::MAX >> (63 - last));
        each(seven_bits_each(up_to(first)));
        each(seven_bits_each(up_to(second) >> (first + 1)));
        data = &data[second as usize / 8 + 1..];
    }
    while !data.is_empty() {
        each(take_varint(&mut data)?);
    }
    Ok(())
}

/// The integer in up to four bytes.
#[inline]
fn seven_bits_each(bytes: u64) -> u64 {
    (bytes & 0x7f) | (bytes >> 1 & 0x3f80) | (bytes >> 2 & 0x1f_c000) | (bytes >> 3 & 0xfe0_0000)
}

#[cold]
fn take_long_varint(data: &mut &[u8]) -> Result<u64, WireError> {
    let mut value = 0;
    for (position, &byte) in data.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte < 0x80 {
            *data = &data[position + 1..];
            return Ok(value);
        }
    }
    Err(if data.len() < 10 {
        WireError::Truncated
    } else {
        WireError::Invalid
    })
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a field of one integer.
pub(crate) fn put_int(out: &mut Vec<u8>, number: u32, value: u64) {
    put_varint(out, u64::from(number) << 3);
    put_varint(out, value);
}

/// Writes a field of one integer unless it is 0.
pub(crate) fn put_nonzero(out: &mut Vec<u8>, number: u32, value: u64) {
    if value != 0 {
        put_int(out, number, value);
    }
}

/// Writes a repeated field: packed from three values on, as pprof does.
pub(crate) fn put_repeated(
    out: &mut Vec<u8>,
    number: u32,
    values: impl ExactSizeIterator<Item = u64> + Clone,
) {
    if values.len() <= 2 {
        values.for_each(|value| put_int(out, number, value));
        return;
    }
    let len = values.clone().map(varint_len).sum();
    put_header(out, number, len);
    values.for_each(|value| put_varint(out, value));
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_header(out, number, bytes.len());
    out.extend_from_slice(bytes);
}

/// The tag and length of a field of bytes.
pub(crate) fn put_header(out: &mut Vec<u8>, number: u32, len: usize) {
    put_varint(out, u64::from(number) << 3 | 2);
    put_varint(out, len as u64);
}

fn varint_len(value: u64) -> usize {
    // 7 bits per byte; `| 1` gives 0 its one byte.
    (70 - (value | 1).leading_zeros() as usize) / 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back() {
        let edges = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit]);
        for value in edges.chain([u64::MAX]) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(bytes.len(), varint_len(value), "{value}");
            let mut data = &bytes[..];
            assert_eq!(take_varint(&mut data), Ok(value));
            assert!(data.is_empty());
            for end in 0..bytes.len() {
                assert_eq!(take_varint(&mut &bytes[..end]), Err(WireError::Truncated));
            }
        }
        assert_eq!(take_varint(&mut &[0xff; 11][..]), Err(WireError::Invalid));
    }

    #[test]
    fn packed_integers_of_all_lengths_come_back() {
        let lengths = [1, 2, 3, 4, 5, 9, 10];
        let of_length = |length: u32| u64::MAX >> (64 - (7 * length).min(64));
        let pairs = lengths.iter().flat_map(|&a| lengths.map(|b| [a, b]));
        let all: Vec<u64> = pairs.flatten().map(of_length).chain(0..300).collect();
        for start in 0..all.len() {
            let values = &all[start..];
            let mut bytes = Vec::new();
            for it in values {
                put_varint(&mut bytes, *it);
            }
            let mut read = Vec::new();
            assert_eq!(packed(&bytes, |it| read.push(it)), Ok(()));
            assert_eq!(read, values);
        }
        let unfinished = [1, 1, 1, 1, 1, 1, 1, 0x80];
        assert_eq!(packed(&unfinished, |_| ()), Err(WireError::Truncated));
        assert_eq!(packed(&[0xff; 12], |_| ()), Err(WireError::Invalid));
    }

    #[test]
    fn groups_are_refused_and_fixed_fields_skipped() {
        let field = |mut data: &[u8]| take_field(&mut data).map(|it| (it.number, data.len()));
        assert_eq!(field(&[0x0b]), Err(WireError::Invalid));
        assert_eq!(field(&[0x0d, 1, 2, 3, 4]), Ok((1, 0)));
        assert_eq!(field(&[0x09, 1, 2, 3, 4]), Err(WireError::Truncated));
        assert_eq!(field(&[0x12, 2, 7]), Err(WireError::Truncated));
        assert_eq!(field(&[0x12, 1, 7, 9]), Ok((2, 1)));
    }
}
