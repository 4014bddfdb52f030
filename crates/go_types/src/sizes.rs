//! How gc lays types out in memory.

use rustc_hash::FxHashMap;

use crate::{Basic, ObjList, Store, Struct, TypeId, TypeKind};

/// Sizes of a target architecture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sizes {
    /// Bytes of a pointer and of an `int`, and the greatest alignment: 4 or 8.
    pub word: i64,
}

/// A type in memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// In bytes.
    pub size: i64,
    /// In bytes, a power of two.
    pub align: i64,
    /// Bytes up to and including the last pointer; 0 if there is none.
    pub ptrdata: i64,
    /// An interface holds the value itself, not its address.
    pub direct: bool,
    /// Of each field, if the type is a struct.
    pub offsets: Option<Vec<i64>>,
}

/// A part of a type is too large, nested too deeply, or has no size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSize;

/// Deeper types have no size.
const MAX_DEPTH: u32 = 1_000;

impl Sizes {
    /// Of all 64-bit architectures.
    pub const AMD64: Self = Self { word: 8 };

    /// Of a GOARCH; unknown ones count as 64-bit.
    pub fn of_arch(goarch: &str) -> Self {
        let word = match goarch {
            "386" | "arm" | "mips" | "mipsle" | "amd64p32" => 4,
            _ => 8,
        };
        Self { word }
    }

    /// Size, alignment, pointer data and offsets of a type.
    pub fn layout(self, store: &mut Store, typ: TypeId) -> Result<Layout, NoSize> {
        let (size, align) = self.size_align(store, typ)?;
        let ptrdata = self.ptrdata(store, typ)?;
        let offsets = match store.under_kind(typ) {
            TypeKind::Struct(strukt) => Some(self.offsets(store, strukt)?),
            _ => None,
        };
        Ok(Layout {
            size,
            align,
            ptrdata,
            direct: size == self.word && ptrdata == self.word,
            offsets,
        })
    }

    /// In bytes.
    pub fn size(self, store: &mut Store, typ: TypeId) -> Result<i64, NoSize> {
        self.size_align(store, typ).map(|(size, _)| size)
    }

    /// In bytes.
    pub fn align(self, store: &mut Store, typ: TypeId) -> Result<i64, NoSize> {
        self.size_align(store, typ).map(|(_, align)| align)
    }

    /// Offsets of the fields.
    pub fn offsets(self, store: &mut Store, strukt: Struct) -> Result<Vec<i64>, NoSize> {
        let mut fields = Fields::default();
        let mut offsets = Vec::with_capacity(strukt.fields.len());
        for index in 0..strukt.fields.len() {
            let typ = store.obj_type(store.objs(strukt.fields)[index]);
            let (size, align) = self.size_align(store, typ)?;
            offsets.push(fields.add(size, align)?);
        }
        Ok(offsets)
    }

    fn size_align(self, store: &mut Store, typ: TypeId) -> Result<(i64, i64), NoSize> {
        self.measure(store, typ, 0)
    }

    fn measure(self, store: &mut Store, typ: TypeId, depth: u32) -> Result<(i64, i64), NoSize> {
        if depth > MAX_DEPTH {
            return Err(NoSize);
        }
        let word = self.word;
        match store.under_kind(typ) {
            TypeKind::Basic(basic) if basic.is_untyped() => Err(NoSize),
            TypeKind::Basic(basic) => Ok(self.basic(basic)),
            TypeKind::Pointer(_)
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. }
            | TypeKind::Signature(_) => Ok((word, word)),
            TypeKind::Slice(_) => Ok((3 * word, word)),
            TypeKind::Interface(_) if store.is_type_param(typ) => Err(NoSize),
            TypeKind::Interface(_) => Ok((2 * word, word)),
            TypeKind::Array { elem, len } => {
                if len < 0 {
                    return Err(NoSize);
                }
                let (size, align) = self.measure(store, elem, depth + 1)?;
                Ok((size.checked_mul(len).ok_or(NoSize)?, align))
            }
            TypeKind::Struct(strukt) if strukt.fields.is_empty() && store.is_align64(typ) => {
                Ok((0, 8))
            }
            TypeKind::Struct(strukt) => {
                let key = (self, store.under(typ));
                if let Some(known) = store.measured.sizes.get(&key) {
                    return Ok(*known);
                }
                let measured = self.measure_struct(store, strukt.fields, depth)?;
                store.measured.sizes.insert(key, measured);
                Ok(measured)
            }
            TypeKind::Tuple(_)
            | TypeKind::Union(_)
            | TypeKind::Named(_)
            | TypeKind::Alias(_)
            | TypeKind::TypeParam(_) => Err(NoSize),
        }
    }

    fn measure_struct(
        self,
        store: &mut Store,
        list: ObjList,
        depth: u32,
    ) -> Result<(i64, i64), NoSize> {
        let mut fields = Fields::default();
        let mut last = 0;
        for index in 0..list.len() {
            let typ = store.obj_type(store.objs(list)[index]);
            let (size, align) = self.measure(store, typ, depth + 1)?;
            fields.add(size, align)?;
            last = size;
        }
        // So that the address of an empty last field is not that of the next object.
        if fields.end > 0 && last == 0 {
            fields.end += 1;
        }
        let size = align_up(fields.end, fields.align)?;
        Ok((size, fields.align))
    }

    fn basic(self, basic: Basic) -> (i64, i64) {
        let word = self.word;
        let sized = |size: i64| (size, size.min(word));
        match basic {
            Basic::Bool | Basic::Int8 | Basic::Uint8 | Basic::Byte => (1, 1),
            Basic::Int16 | Basic::Uint16 => (2, 2),
            Basic::Int32 | Basic::Uint32 | Basic::Float32 | Basic::Rune => (4, 4),
            Basic::Int64 | Basic::Uint64 | Basic::Float64 => sized(8),
            Basic::Complex64 => (8, 4),
            Basic::Complex128 => (16, word.min(8)),
            Basic::String => (2 * word, word),
            _ => (word, word),
        }
    }

    /// Bytes up to and including the last pointer. What points to memory that is never on the heap does not
    /// count.
    pub fn ptrdata(self, store: &mut Store, typ: TypeId) -> Result<i64, NoSize> {
        self.pointers(store, typ, 0)
    }

    fn pointers(self, store: &mut Store, typ: TypeId, depth: u32) -> Result<i64, NoSize> {
        if depth > MAX_DEPTH {
            return Err(NoSize);
        }
        let word = self.word;
        Ok(match store.under_kind(typ) {
            TypeKind::Pointer(elem) | TypeKind::Slice(elem) if store.is_not_in_heap(elem, 0) => 0,
            TypeKind::Basic(Basic::String | Basic::UnsafePointer)
            | TypeKind::Pointer(_)
            | TypeKind::Slice(_)
            | TypeKind::Chan { .. }
            | TypeKind::Map { .. }
            | TypeKind::Signature(_) => word,
            TypeKind::Interface(_) => 2 * word,
            TypeKind::Array { elem, len } => {
                let pointers = self.pointers(store, elem, depth + 1)?;
                if pointers == 0 || len <= 0 {
                    return Ok(0);
                }
                let before = self.size(store, elem)?.checked_mul(len - 1);
                before
                    .and_then(|before| before.checked_add(pointers))
                    .ok_or(NoSize)?
            }
            TypeKind::Struct(strukt) => {
                let key = (self, store.under(typ));
                if let Some(known) = store.measured.ptrdata.get(&key) {
                    return Ok(*known);
                }
                let pointers = self.pointers_of_struct(store, strukt, depth)?;
                store.measured.ptrdata.insert(key, pointers);
                pointers
            }
            _ => 0,
        })
    }

    fn pointers_of_struct(
        self,
        store: &mut Store,
        strukt: Struct,
        depth: u32,
    ) -> Result<i64, NoSize> {
        let offsets = self.offsets(store, strukt)?;
        for index in (0..offsets.len()).rev() {
            let field = store.obj_type(store.objs(strukt.fields)[index]);
            let pointers = self.pointers(store, field, depth + 1)?;
            if pointers > 0 {
                return Ok(offsets[index] + pointers);
            }
        }
        Ok(0)
    }
}

/// What has been found about structs, which may hold one another many times over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    sizes: FxHashMap<(Sizes, TypeId), (i64, i64)>,
    ptrdata: FxHashMap<(Sizes, TypeId), i64>,
    /// Whether they are or contain `internal/runtime/sys.nih`.
    not_in_heap: FxHashMap<TypeId, bool>,
}

/// The fields of a struct so far.
struct Fields {
    end: i64,
    align: i64,
}

impl Default for Fields {
    fn default() -> Self {
        Self { end: 0, align: 1 }
    }
}

impl Fields {
    /// The offset of the next field.
    fn add(&mut self, size: i64, align: i64) -> Result<i64, NoSize> {
        let offset = align_up(self.end, align)?;
        self.end = offset.checked_add(size).ok_or(NoSize)?;
        self.align = self.align.max(align);
        Ok(offset)
    }
}

fn align_up(offset: i64, align: i64) -> Result<i64, NoSize> {
    let end = offset.checked_add(align - 1).ok_or(NoSize)?;
    Ok(end - end % align)
}

impl Store {
    /// The empty structs that ask for 8-byte alignment everywhere.
    fn is_align64(&self, typ: TypeId) -> bool {
        self.is_declared(typ, "align64", &["sync/atomic", "internal/runtime/atomic"])
    }

    /// Whether the type is or contains `internal/runtime/sys.nih`.
    fn is_not_in_heap(&mut self, typ: TypeId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        if self.is_declared(typ, "nih", &["internal/runtime/sys"]) {
            return true;
        }
        match self.under_kind(typ) {
            TypeKind::Array { elem, .. } => self.is_not_in_heap(elem, depth + 1),
            TypeKind::Struct(strukt) => {
                let key = self.under(typ);
                if let Some(known) = self.measured.not_in_heap.get(&key) {
                    return *known;
                }
                let found = (0..strukt.fields.len()).any(|index| {
                    let field = self.obj_type(self.objs(strukt.fields)[index]);
                    self.is_not_in_heap(field, depth + 1)
                });
                self.measured.not_in_heap.insert(key, found);
                found
            }
            _ => false,
        }
    }

    fn is_declared(&self, typ: TypeId, name: &str, paths: &[&str]) -> bool {
        let Some(id) = self.as_named(typ) else {
            return false;
        };
        let object = self.obj(self.named(id).obj);
        self.names.text(object.name) == name
            && object
                .pkg
                .is_some_and(|pkg| paths.contains(&self.names.text(self.packages[pkg].path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Maker;

    #[test]
    fn structs_are_padded_as_gc_does() {
        let mut maker = Maker::default();
        let empty = maker.struct_type(&[]);
        let pointer = maker.store.pointer(TypeId::INT);
        let int64 = TypeId::basic(Basic::Int64);
        let cases = [
            (
                vec![TypeId::BOOL, int64, TypeId::BOOL],
                "24/8/0 [0, 8, 16]",
                "16/4/0 [0, 4, 12]",
            ),
            (vec![int64, empty], "16/8/0 [0, 8]", "12/4/0 [0, 8]"),
            (vec![empty, int64], "8/8/0 [0, 0]", "8/4/0 [0, 0]"),
            (
                vec![TypeId::STRING, TypeId::BOOL],
                "24/8/8 [0, 16]",
                "12/4/4 [0, 8]",
            ),
            (vec![pointer], "8/8/8 [0] direct", "4/4/4 [0] direct"),
            (
                vec![TypeId::basic(Basic::Complex128)],
                "16/8/0 [0]",
                "16/4/0 [0]",
            ),
        ];
        for (fields, on_amd64, on_386) in cases {
            let fields: Vec<_> = fields.iter().map(|typ| ("f", *typ, false)).collect();
            let typ = maker.struct_type(&fields);
            for (arch, expected) in [("amd64", on_amd64), ("386", on_386)] {
                let layout = Sizes::of_arch(arch).layout(&mut maker.store, typ).unwrap();
                let Layout {
                    size,
                    align,
                    ptrdata,
                    direct,
                    offsets,
                } = layout;
                let offsets = offsets.unwrap();
                let direct = if direct { " direct" } else { "" };
                assert_eq!(
                    format!("{size}/{align}/{ptrdata} {offsets:?}{direct}"),
                    expected
                );
            }
        }
        let huge = maker.store.array(int64, i64::MAX);
        assert_eq!(Sizes::AMD64.layout(&mut maker.store, huge), Err(NoSize));
    }
}
