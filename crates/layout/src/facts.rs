//! What is known of one struct.

use std::path::PathBuf;

use base::LineCol;

use crate::order::arrange;

/// A struct type as it lies in memory, of one architecture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StructLayout {
    /// With the path of its package and its type arguments, as the linker names types:
    /// `example.com/m/store.Order`, `m.List[int]`.
    pub name: String,
    /// Of the declaring name; `None` where only the binary is known.
    pub place: Option<Place>,
    /// In bytes, with all padding.
    pub size: i64,
    /// In bytes.
    pub align: i64,
    /// Bytes up to and including the last pointer: what the garbage collector looks through. 0 if there is none.
    pub ptrdata: i64,
    /// In the order of the declaration, which is that of their offsets.
    pub fields: Vec<FieldLayout>,
}

/// Where a struct is declared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Absolute, or as the binary has it.
    pub path: PathBuf,
    /// Of the declared name.
    pub at: LineCol,
}

/// One field. Names declared together (`a, b int`) are fields of their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldLayout {
    /// Of an embedded field that of its type; may be `_`.
    pub name: String,
    /// As written or as the linker names it.
    pub typ: String,
    /// Declared without a name.
    pub embedded: bool,
    /// Declared with the field before it (`a, b int`), and so not to be parted from it.
    pub joined: bool,
    /// In bytes from the start of the struct, as all below.
    pub offset: i64,
    /// In bytes.
    pub size: i64,
    /// In bytes.
    pub align: i64,
    /// Of the field's type.
    pub ptrdata: i64,
}

impl StructLayout {
    /// The struct that gc makes of fields in this order; their offsets are set here. `None` if it is too large.
    pub fn of_fields(name: impl Into<String>, mut fields: Vec<FieldLayout>) -> Option<Self> {
        let order: Vec<usize> = (0..fields.len()).collect();
        let arrangement = arrange(&fields, order)?;
        for (field, offset) in fields.iter_mut().zip(&arrangement.offsets) {
            field.offset = *offset;
        }
        Some(Self {
            name: name.into(),
            place: None,
            size: arrangement.size,
            align: fields.iter().map(|field| field.align).max().unwrap_or(1),
            ptrdata: arrangement.ptrdata,
            fields,
        })
    }

    /// Whether the garbage collector has to look into it.
    pub const fn has_pointers(&self) -> bool {
        self.ptrdata > 0
    }

    /// Unused bytes behind field number `index`, up to the next one or the end.
    pub fn padding_after(&self, index: usize) -> i64 {
        let Some(field) = self.fields.get(index) else {
            return 0;
        };
        let next = (self.fields.get(index + 1)).map_or(self.size, |next| next.offset);
        (next - field.offset - field.size).max(0)
    }

    /// All unused bytes. Padding inside of fields is theirs.
    pub fn padding(&self) -> i64 {
        let used: i64 = self.fields.iter().map(|field| field.size).sum();
        (self.size - used).max(0)
    }
}

impl FieldLayout {
    /// A field of `size` bytes that is aligned to its size and holds no pointer.
    pub fn scalar(name: impl Into<String>, size: i64) -> Self {
        Self {
            name: name.into(),
            typ: String::new(),
            embedded: false,
            joined: false,
            offset: 0,
            size,
            align: size.max(1),
            ptrdata: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_told_by_field() {
        let fields = [("a", 1), ("b", 4), ("c", 2), ("d", 8), ("e", 1)];
        let fields = fields.map(|(name, size)| FieldLayout::scalar(name, size));
        let found = StructLayout::of_fields("m.T", fields.into()).unwrap();
        let padding: Vec<i64> = (0..5).map(|index| found.padding_after(index)).collect();
        assert_eq!(padding, [3, 0, 6, 0, 7]);
        assert_eq!((found.size, found.padding()), (32, 16));
    }
}
