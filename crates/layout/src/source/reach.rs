//! What can be reached from a type: through pointers and elements, or in the value alone.

use go_types::{Sizes, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Finder;
use super::flow::{Sink, opaque, reads_exported_fields_alone};
use crate::facts::Place;
use crate::obstacle::Reason;

/// How far a use reaches: into what lies in the value itself, and over so many pointers from there. What leads to the
/// value (pointers, slices, maps in front of it) is not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Reach(u8);

impl Reach {
    pub(super) const VALUE: Self = Self(0);
    /// As printing looks at what lies in a value: slices and maps are printed with their elements, pointers as addresses.
    const PRINTED_WITHIN: Self = Self(1);
    /// As printing looks at an operand: where that is a pointer, at what it points to.
    pub(super) const PRINTED: Self = Self(2);
    /// What it points to as well: memory that goes to someone else.
    pub(super) const NEAR: Self = Self(3);
    pub(super) const DEEP: Self = Self(u8::MAX);

    /// Behind a pointer.
    fn farther(self) -> Option<Self> {
        match self {
            Self::DEEP => Some(self),
            Self::NEAR => Some(Self::VALUE),
            _ => None,
        }
    }

    /// How far what lies in a value is looked at.
    fn within(self) -> Self {
        match self {
            Self::PRINTED => Self::PRINTED_WITHIN,
            _ => self,
        }
    }
}

/// How far types have been followed from, for each kind of reason.
#[derive(Debug, Default)]
pub(super) struct Reached {
    seen: FxHashMap<(std::mem::Discriminant<Reason>, TypeId), Reach>,
}

impl Finder<'_> {
    /// Notes the reason at all structs that are reached from a type, which may be what leads to a value.
    /// What values hide that fields or type parameters stand for is reached as well.
    pub(super) fn mark(
        &mut self,
        typ: TypeId,
        reach: Reach,
        reason: &Reason,
        place: Option<&Place>,
    ) {
        let starts = match (reach, self.store.under_kind(typ)) {
            (Reach::PRINTED, TypeKind::Pointer(elem)) => vec![elem],
            (Reach::PRINTED | Reach::PRINTED_WITHIN, _) => vec![typ],
            _ => self.led_to(typ),
        };
        for start in starts {
            self.mark_value(start, reach.within(), reason, place);
        }
    }

    fn mark_value(&mut self, start: TypeId, reach: Reach, reason: &Reason, place: Option<&Place>) {
        let kind = std::mem::discriminant(reason);
        let exported_alone = reads_exported_fields_alone(reason);
        let mut pending = vec![(start, reach)];
        while let Some((typ, reach)) = pending.pop() {
            let seen = self.reached.seen.get(&(kind, typ));
            if seen.is_some_and(|seen| *seen >= reach) {
                continue;
            }
            if self.store.as_named(typ).is_some() && self.answers_itself(typ, opaque(reason)) {
                continue;
            }
            self.reached.seen.insert((kind, typ), reach);
            let sink = Sink {
                reason: reason.clone(),
                reach,
            };
            if self.store.as_type_param(typ).is_some() {
                self.reach_type_param(typ, &sink);
                continue;
            }
            match self.store.under_kind(typ) {
                TypeKind::Struct(strukt) => {
                    if let Some(number) = self.struct_of(typ) {
                        self.add(number, reason, place);
                    }
                    for field in self.store.objs(strukt.fields).to_vec() {
                        let object = self.store.obj(field);
                        let is_exported = self.store.names.is_exported(object.name);
                        if exported_alone && !is_exported && !object.is_embedded() {
                            continue;
                        }
                        self.reach_hidden(field, &sink);
                        pending.push((self.store.obj_type(field), reach));
                    }
                }
                TypeKind::Array { elem, .. } => pending.push((elem, reach)),
                TypeKind::Slice(elem) if reach == Reach::PRINTED_WITHIN => {
                    pending.push((elem, reach));
                }
                TypeKind::Map { key, elem } if reach == Reach::PRINTED_WITHIN => {
                    pending.extend([(key, reach), (elem, reach)]);
                }
                _ => {
                    if let Some(farther) = reach.farther() {
                        let led_to = self.led_to(typ).into_iter();
                        pending.extend(led_to.filter(|to| *to != typ).map(|to| (to, farther)));
                    }
                }
            }
        }
    }

    /// The types at the ends of pointers, slices, maps, channels and tuples that start at a type.
    pub(super) fn led_to(&mut self, typ: TypeId) -> Vec<TypeId> {
        let mut seen = FxHashSet::default();
        let mut pending = vec![typ];
        let mut ends = Vec::new();
        while let Some(typ) = pending.pop() {
            if !seen.insert(typ) {
                continue;
            }
            match self.store.under_kind(typ) {
                TypeKind::Pointer(elem) | TypeKind::Slice(elem) | TypeKind::Chan { elem, .. } => {
                    pending.push(elem);
                }
                TypeKind::Map { key, elem } => pending.extend([key, elem]),
                TypeKind::Tuple(vars) => {
                    let vars = self.store.objs(vars).iter();
                    pending.extend(vars.map(|var| self.store.obj_type(*var)));
                }
                _ => ends.push(typ),
            }
        }
        ends
    }

    /// Whether values that a type leads to hold structs.
    pub(super) fn leads_to_struct(&mut self, typ: TypeId) -> bool {
        self.led_to(typ).into_iter().any(|mut typ| {
            while let TypeKind::Array { elem, .. } = self.store.under_kind(typ) {
                typ = elem;
            }
            matches!(self.store.under_kind(typ), TypeKind::Struct(_))
        })
    }

    /// Whether values lie at multiples of 8 on every machine, as those with the marker of sync/atomic do.
    pub(super) fn is_aligned_everywhere(&mut self, typ: TypeId) -> bool {
        let on_32_bit = Sizes { word: 4 };
        on_32_bit
            .align(self.store, typ)
            .is_ok_and(|align| align == 8)
    }

    /// Structs that hold a struct with atomically used fields in themselves are bound as well.
    pub(super) fn spread_atomics(&mut self) {
        let is_atomic = |reason: &Reason| *reason == Reason::Atomic64;
        let marked = |one: &super::Declared| one.obstacles.iter().any(|it| is_atomic(&it.reason));
        loop {
            let mut changed = false;
            for outer in 0..self.held.len() {
                for position in 0..self.held[outer].len() {
                    let inner = self.held[outer][position];
                    if marked(&self.structs[inner]) && !marked(&self.structs[outer]) {
                        let place = (self.structs[inner].obstacles.iter())
                            .find(|it| is_atomic(&it.reason))
                            .and_then(|it| it.place.clone());
                        self.add(outer, &Reason::Atomic64, place.as_ref());
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }
}
