//! What can be reached from a type: through pointers and elements, or in the value alone.

use go_types::{TypeId, TypeKind};
use rustc_hash::FxHashSet;

use super::Finder;
use crate::facts::Place;
use crate::obstacle::Reason;

/// How far a use reaches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Reach {
    /// What lies in the value itself: fields and elements of arrays.
    Value,
    /// Also what it points to.
    Deep,
}

/// Types that a kind of use has been followed through.
#[derive(Debug, Default)]
pub(super) struct Reached {
    seen: FxHashSet<(std::mem::Discriminant<Reason>, Reach, TypeId)>,
}

impl Finder<'_> {
    /// Notes the reason at all structs that are reached from a type.
    pub(super) fn mark(&mut self, typ: TypeId, reach: Reach, reason: &Reason, place: &Place) {
        let kind = std::mem::discriminant(reason);
        let mut pending = vec![typ];
        while let Some(typ) = pending.pop() {
            if !self.reached.seen.insert((kind, reach, typ)) {
                continue;
            }
            let deep = reach == Reach::Deep;
            match self.store.under_kind(typ) {
                TypeKind::Struct(strukt) => {
                    if let Some(number) = self.struct_of(typ) {
                        self.add(number, reason, Some(place));
                    }
                    let fields = self.store.objs(strukt.fields).iter();
                    pending.extend(fields.map(|field| self.store.obj_type(*field)));
                }
                TypeKind::Array { elem, .. } => pending.push(elem),
                TypeKind::Pointer(elem) | TypeKind::Slice(elem) if deep => pending.push(elem),
                TypeKind::Chan { elem, .. } if deep => pending.push(elem),
                TypeKind::Map { key, elem } if deep => pending.extend([key, elem]),
                TypeKind::Tuple(vars) => {
                    let vars = self.store.objs(vars).iter();
                    pending.extend(vars.map(|var| self.store.obj_type(*var)));
                }
                _ => {}
            }
        }
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
