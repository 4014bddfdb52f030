//! What types do not say themselves: alignment, and where their pointers end. Both follow from the kinds of what
//! they are made of.

use base::{Idx as _, IndexVec};

use super::{Kind, Type, TypeId};

/// Types that hold others deeper than this count as words without pointers; only broken ones do.
const MAX_DEPTH: u32 = 200;

#[derive(Clone, Copy)]
struct Measured {
    align: u64,
    ptrdata: u64,
}

/// An answer by type, while all are being found.
#[derive(Clone, Copy)]
enum State<T> {
    Unknown,
    InProgress,
    Known(T),
}

/// Sets alignment and pointer bytes of all types from kinds, sizes and fields.
pub(super) fn measure(types: &mut IndexVec<TypeId, Type>, word: u64) {
    let mut measurer = Measurer {
        types,
        word,
        measured: vec![State::Unknown; types.len()],
        not_in_heap: vec![State::Unknown; types.len()],
    };
    let measured: Vec<Measured> = types.ids().map(|id| measurer.measure(id, 0)).collect();
    let ids: Vec<TypeId> = types.ids().collect();
    for (id, measured) in ids.into_iter().zip(measured) {
        types[id].align = measured.align;
        types[id].ptrdata = measured.ptrdata;
    }
}

struct Measurer<'a> {
    types: &'a IndexVec<TypeId, Type>,
    word: u64,
    measured: Vec<State<Measured>>,
    /// Is or holds `internal/runtime/sys.nih`: pointers to it are none to the garbage collector.
    not_in_heap: Vec<State<bool>>,
}

impl Measurer<'_> {
    fn measure(&mut self, id: TypeId, depth: u32) -> Measured {
        match self.measured[id.index()] {
            State::Known(measured) => return measured,
            State::Unknown if depth < MAX_DEPTH => {}
            State::Unknown | State::InProgress => return self.scalar(self.word),
        }
        self.measured[id.index()] = State::InProgress;
        let measured = self.of_kind(id, depth);
        self.measured[id.index()] = State::Known(measured);
        measured
    }

    fn of_kind(&mut self, id: TypeId, depth: u32) -> Measured {
        let types = self.types;
        let typ = &types[id];
        match typ.kind {
            Kind::Complex64 | Kind::Complex128 => self.scalar(typ.size / 2),
            Kind::Pointer | Kind::Slice => {
                let hidden = typ.elem.is_some_and(|elem| self.not_in_heap(elem, 0));
                self.pointers(u64::from(!hidden))
            }
            Kind::Chan | Kind::Func | Kind::Map | Kind::String | Kind::UnsafePointer => {
                self.pointers(1)
            }
            Kind::Interface => self.pointers(2),
            Kind::Array => self.array(typ, depth),
            Kind::Struct => self.strukt(typ, depth),
            _ => self.scalar(typ.size),
        }
    }

    fn pointers(&self, words: u64) -> Measured {
        Measured {
            align: self.word,
            ptrdata: words * self.word,
        }
    }

    fn scalar(&self, align: u64) -> Measured {
        Measured {
            align: align.clamp(1, self.word),
            ptrdata: 0,
        }
    }

    fn array(&mut self, typ: &Type, depth: u32) -> Measured {
        let Some(elem) = typ.elem else {
            return self.scalar(1);
        };
        let mut measured = self.measure(elem, depth + 1);
        if typ.len == 0 {
            measured.ptrdata = 0;
        } else if measured.ptrdata > 0 {
            let before = self.types[elem].size.saturating_mul(typ.len - 1);
            measured.ptrdata = before.saturating_add(measured.ptrdata);
        }
        measured
    }

    fn strukt(&mut self, typ: &Type, depth: u32) -> Measured {
        let mut sum = self.scalar(1);
        if matches!(
            &*typ.name,
            "sync/atomic.align64" | "internal/runtime/atomic.align64"
        ) {
            sum.align = 8;
        }
        for field in &typ.fields {
            let Some(of) = field.typ else { continue };
            let measured = self.measure(of, depth + 1);
            sum.align = sum.align.max(measured.align);
            if measured.ptrdata > 0 {
                let end = field.offset.saturating_add(measured.ptrdata);
                sum.ptrdata = sum.ptrdata.max(end);
            }
        }
        sum
    }

    fn not_in_heap(&mut self, id: TypeId, depth: u32) -> bool {
        match self.not_in_heap[id.index()] {
            State::Known(known) => return known,
            State::Unknown if depth < MAX_DEPTH => {}
            State::Unknown | State::InProgress => return false,
        }
        self.not_in_heap[id.index()] = State::InProgress;
        let typ = &self.types[id];
        let known = match typ.kind {
            Kind::Array => typ
                .elem
                .is_some_and(|elem| self.not_in_heap(elem, depth + 1)),
            Kind::Struct if &*typ.name == "internal/runtime/sys.nih" => true,
            Kind::Struct => (typ.fields.iter().filter_map(|field| field.typ))
                .any(|field| self.not_in_heap(field, depth + 1)),
            _ => false,
        };
        self.not_in_heap[id.index()] = State::Known(known);
        known
    }
}
