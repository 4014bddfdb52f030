//! Numbers as LEB128: seven bits a byte, the lowest first.

/// Appends a number.
pub fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes a number off the front; `None` if none ends within the ten bytes that the largest one needs.
#[inline]
pub fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    if let [byte, behind @ ..] = rest
        && *byte < 0x80
    {
        *rest = behind;
        return Some(u64::from(*byte));
    }
    take_long(rest)
}

fn take_long(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (index, byte) in rest.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            *rest = &rest[index + 1..];
            return Some(value);
        }
    }
    None
}
