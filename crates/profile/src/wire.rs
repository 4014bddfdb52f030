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
            Self::Bytes(mut data) => {
                while !data.is_empty() {
                    each(take_varint(&mut data)?);
                }
            }
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
    fn groups_are_refused_and_fixed_fields_skipped() {
        let field = |mut data: &[u8]| take_field(&mut data).map(|it| (it.number, data.len()));
        assert_eq!(field(&[0x0b]), Err(WireError::Invalid));
        assert_eq!(field(&[0x0d, 1, 2, 3, 4]), Ok((1, 0)));
        assert_eq!(field(&[0x09, 1, 2, 3, 4]), Err(WireError::Truncated));
        assert_eq!(field(&[0x12, 2, 7]), Err(WireError::Truncated));
        assert_eq!(field(&[0x12, 1, 7, 9]), Ok((2, 1)));
    }
}
