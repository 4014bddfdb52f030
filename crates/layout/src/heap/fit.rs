//! Whether a block of the allocator's can hold values of a type, and how many.

use go_types::{Sizes, Store, TypeId, TypeKind};

use crate::size_class::size_class;

/// What is allocated of a type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Form {
    /// One value.
    Object,
    /// Any number of them side by side: slices, buffers of channels.
    Elements,
    /// The insides of a map of this type.
    Map,
}

/// Values in one block.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Fit {
    Object(TypeId),
    Elements {
        typ: TypeId,
        count: i64,
    },
    /// Slots of a map; keys and elements that lie behind pointers are not in them.
    Slots {
        key: Option<TypeId>,
        elem: Option<TypeId>,
        count: i64,
    },
    /// Belongs to a map, but holds no keys or elements.
    Around,
}

/// Slots of a map's group.
const SLOTS: i64 = 8;
/// Groups of a map's largest table, as a power of two.
const MAX_GROUPS: u32 = 7;
/// Larger keys and elements are kept behind a pointer.
const MAX_INLINE: i64 = 128;
/// In front of large objects whose pointers are marked in the object itself.
const HEADER: i64 = 8;
/// A tiny object without pointers is sampled as the block it shares with others.
const TINY_BLOCK: i64 = 16;

/// Size and whether there are pointers; `None` for types that have none, such as type parameters.
fn measure(store: &mut Store, sizes: Sizes, typ: TypeId) -> Option<(i64, bool)> {
    let size = sizes.size(store, typ).ok()?;
    let pointers = sizes.ptrdata(store, typ).ok()? > 0;
    Some((size, pointers))
}

pub(super) fn fit(
    store: &mut Store,
    sizes: Sizes,
    (form, typ): (Form, TypeId),
    block: i64,
) -> Option<Fit> {
    match form {
        Form::Object => is_object(store, sizes, typ, block).then_some(Fit::Object(typ)),
        Form::Elements => {
            let count = elements(store, sizes, typ, block)?;
            Some(Fit::Elements { typ, count })
        }
        Form::Map => map(store, sizes, typ, block),
    }
}

fn is_object(store: &mut Store, sizes: Sizes, typ: TypeId, block: i64) -> bool {
    let Some((size, pointers)) = measure(store, sizes, typ) else {
        return false;
    };
    if size <= 0 {
        return false;
    }
    let tiny = !pointers && size < TINY_BLOCK;
    size_class(size, pointers, sizes) == block || (tiny && block == TINY_BLOCK)
}

/// How many elements the largest array has that takes the block.
fn elements(store: &mut Store, sizes: Sizes, elem: TypeId, block: i64) -> Option<i64> {
    let (size, pointers) = measure(store, sizes, elem)?;
    if size <= 0 {
        return None;
    }
    let counts = [block / size, (block - HEADER) / size];
    counts.into_iter().find(|count| {
        let bytes = count.checked_mul(size);
        *count > 0 && bytes.is_some_and(|bytes| takes(bytes, pointers, block, sizes))
    })
}

fn takes(bytes: i64, pointers: bool, block: i64, sizes: Sizes) -> bool {
    let tiny = !pointers && bytes < TINY_BLOCK;
    size_class(bytes, pointers, sizes) == block || (tiny && block == TINY_BLOCK)
}

fn map(store: &mut Store, sizes: Sizes, typ: TypeId, block: i64) -> Option<Fit> {
    let TypeKind::Map { key, elem } = store.under_kind(typ) else {
        return None;
    };
    let word = sizes.word;
    let mut pointers = false;
    let mut inline = [Some(key), Some(elem)];
    // Size and alignment of each as they lie in a group.
    let mut parts = [(0, 1); 2];
    for (index, part) in inline.iter_mut().enumerate() {
        let Some(typ) = *part else { continue };
        let (size, has_pointers) = measure(store, sizes, typ)?;
        parts[index] = (size, sizes.align(store, typ).ok()?);
        pointers |= has_pointers;
        if size > MAX_INLINE {
            if size_class(size, has_pointers, sizes) == block {
                return Some(Fit::Object(typ));
            }
            parts[index] = (word, word);
            pointers = true;
            *part = None;
        }
    }
    for group in groups(parts, word) {
        for power in 0..=MAX_GROUPS {
            let bytes = group.checked_mul(1 << power)?;
            if size_class(bytes, pointers, sizes) == block {
                let [key, elem] = inline;
                let count = SLOTS << power;
                return Some(Fit::Slots { key, elem, count });
            }
        }
    }
    // The map itself, a table, and the directory of tables.
    let directory = block.count_ones() == 1 && block % word == 0;
    (block == 48 || block == 32 || directory).then_some(Fit::Around)
}

/// Bytes of a group in each of its layouts: a control word, then slots of a key and an element; or all keys, then all
/// elements (an experiment of Go 1.27).
fn groups([key, elem]: [(i64, i64); 2], word: i64) -> [i64; 2] {
    const CONTROL: i64 = 8;
    let align = key.1.max(elem.1);
    let slot = up(up(key.0, elem.1) + elem.0, align);
    let start = up(CONTROL, align);
    let in_slots = start + SLOTS * slot;
    let apart = up(up(CONTROL, key.1) + SLOTS * key.0, elem.1) + SLOTS * elem.0;
    [in_slots, apart].map(|bytes| up(bytes, align.max(word)))
}

fn up(offset: i64, align: i64) -> i64 {
    let align = align.max(1);
    offset.saturating_add(align - 1) / align * align
}
