//! Assignability and conversion between types, and what a range over a type yields.

use crate::implements::Cause;
use crate::{Basic, ChanDir, Checker, Code, ObjList, Signature, Store, Term, TypeId, TypeKind};

/// Why a value cannot be assigned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unassignable {
    pub code: Code,
    /// For interfaces.
    pub cause: Option<Cause>,
}

/// What a range yields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeTypes {
    pub key: Option<TypeId>,
    pub value: Option<TypeId>,
    /// The language version that allows it, minor, if it is younger than go1.21.
    pub since: Option<u16>,
    /// Over a function: exactly these may be declared.
    pub is_func: bool,
}

const MISMATCH: Unassignable = Unassignable {
    code: Code::IncompatibleAssign,
    cause: None,
};

impl Checker<'_> {
    /// Whether a typed value of type `from` may be assigned to a variable of type `to`.
    pub fn assignable(&mut self, from: TypeId, to: TypeId) -> Result<(), Unassignable> {
        let store = &mut *self.store;
        if !store.is_valid(from) || !store.is_valid(to) {
            return Ok(());
        }
        let (from, to) = (store.unalias(from), store.unalias(to));
        if store.identical(from, to) {
            return Ok(());
        }
        let (from_under, to_under) = (store.under(from), store.under(to));
        let (from_is_param, to_is_param) = (store.is_type_param(from), store.is_type_param(to));
        let unnamed = !store.has_name(from) || !store.has_name(to);
        if unnamed && !from_is_param && !to_is_param && store.identical(from_under, to_under) {
            return Ok(());
        }
        let mut to_interface =
            matches!(store.kind(to_under), TypeKind::Interface(_)) && !to_is_param;
        to_interface |= store.is_interface_pointer(to_under);
        if to_interface {
            match self.implements(from, to, false) {
                Ok(()) => return Ok(()),
                Err(cause) if !from_is_param => {
                    return Err(Unassignable {
                        code: Code::InvalidIfaceAssign,
                        cause: Some(cause),
                    });
                }
                Err(_) => {}
            }
        }
        if let (
            TypeKind::Chan {
                dir: ChanDir::Both,
                elem,
            },
            TypeKind::Chan { elem: elem2, .. },
        ) = (self.store.kind(from_under), self.store.kind(to_under))
            && self.store.identical(elem, elem2)
        {
            let code = Code::InvalidChanAssign;
            return if unnamed {
                Ok(())
            } else {
                Err(Unassignable { code, cause: None })
            };
        }
        if to_is_param && !self.store.has_name(from) {
            return self.each_term(to, |check, term| check.assignable(from, term.typ));
        }
        if from_is_param && !self.store.has_name(to) {
            return self.each_term(from, |check, term| check.assignable(term.typ, to));
        }
        Err(MISMATCH)
    }

    fn each_term(
        &mut self,
        tparam: TypeId,
        mut condition: impl FnMut(&mut Self, Term) -> Result<(), Unassignable>,
    ) -> Result<(), Unassignable> {
        let terms = self.store.terms_of(tparam);
        if terms.is_empty() {
            return Err(MISMATCH);
        }
        terms.into_iter().try_for_each(|term| condition(self, term))
    }

    /// Whether a typed value that is no constant may be converted.
    pub fn convertible(&mut self, from: TypeId, to: TypeId) -> bool {
        if self.assignable(from, to).is_ok() {
            return true;
        }
        let store = &mut *self.store;
        let (from, to) = (store.unalias(from), store.unalias(to));
        match (store.is_type_param(from), store.is_type_param(to)) {
            (false, false) => store.convertible_types(from, to),
            (true, true) => {
                let (sources, targets) = (store.terms_of(from), store.terms_of(to));
                !sources.is_empty()
                    && !targets.is_empty()
                    && sources.iter().all(|source| {
                        targets
                            .iter()
                            .all(|target| self.convertible(source.typ, target.typ))
                    })
            }
            (true, false) => {
                let sources = store.terms_of(from);
                !sources.is_empty()
                    && sources
                        .iter()
                        .all(|source| self.convertible(source.typ, to))
            }
            (false, true) => {
                let targets = store.terms_of(to);
                !targets.is_empty()
                    && targets
                        .iter()
                        .all(|target| self.convertible(from, target.typ))
            }
        }
    }
}

impl Store {
    /// Conversions between types that are no type parameters, beyond assignment.
    fn convertible_types(&mut self, from: TypeId, to: TypeId) -> bool {
        let (from_under, to_under) = (self.under(from), self.under(to));
        if self.identical_ignore_tags(from_under, to_under) {
            return true;
        }
        if let (TypeKind::Pointer(from), TypeKind::Pointer(to)) = (self.kind(from), self.kind(to))
            && !self.is_type_param(from)
            && !self.is_type_param(to)
        {
            let (from, to) = (self.under(from), self.under(to));
            if self.identical_ignore_tags(from, to) {
                return true;
            }
        }
        let (from, to) = (self.kind(from_under), self.kind(to_under));
        match (from, to) {
            (TypeKind::Basic(from), TypeKind::Basic(to)) => {
                from.is_integer_or_float() && to.is_integer_or_float()
                    || from.is_complex() && to.is_complex()
                    || from.is_integer() && to.is_string()
                    || from == Basic::Uintptr && to == Basic::UnsafePointer
                    || from == Basic::UnsafePointer && to == Basic::Uintptr
            }
            (TypeKind::Pointer(_), TypeKind::Basic(Basic::UnsafePointer))
            | (TypeKind::Basic(Basic::UnsafePointer), TypeKind::Pointer(_)) => true,
            (TypeKind::Slice(elem), TypeKind::Basic(string))
            | (TypeKind::Basic(string), TypeKind::Slice(elem)) => {
                string.is_string() && self.is_byte_or_rune(elem)
            }
            (TypeKind::Slice(elem), TypeKind::Array { elem: elem2, .. }) => {
                self.identical(elem, elem2)
            }
            (TypeKind::Slice(elem), TypeKind::Pointer(array)) => {
                matches!(self.under_kind(array), TypeKind::Array { elem: elem2, .. }
                    if self.identical(elem, elem2))
            }
            _ => false,
        }
    }

    fn is_byte_or_rune(&mut self, elem: TypeId) -> bool {
        let is = |basic: Basic| matches!(basic.canonical(), Basic::Uint8 | Basic::Int32);
        matches!(self.under_kind(elem), TypeKind::Basic(basic) if is(basic))
    }

    /// A slice whose elements are bytes or runes.
    pub fn is_bytes_or_runes(&mut self, typ: TypeId) -> bool {
        matches!(self.under_kind(typ), TypeKind::Slice(elem) if self.is_byte_or_rune(elem))
    }

    /// What `for k, v := range x` yields for an `x` of the type. Or why it cannot be ranged over.
    pub fn range_types(&mut self, typ: TypeId) -> Result<RangeTypes, &'static str> {
        let ranges = |key, value| {
            Ok(RangeTypes {
                key: Some(key),
                value,
                since: None,
                is_func: false,
            })
        };
        let sends = |store: &Self, under| {
            matches!(
                store.kind(under),
                TypeKind::Chan {
                    dir: ChanDir::Send,
                    ..
                }
            )
        };
        if (self.specific_types(typ).into_iter()).any(|(_, under)| sends(self, under)) {
            return Err("receive from send-only channel");
        }
        let Some(under) = self.common_under(typ) else {
            return Err("no common underlying type");
        };
        let mut kind = self.kind(under);
        if let TypeKind::Pointer(base) = kind
            && let array @ TypeKind::Array { .. } = self.under_kind(base)
        {
            kind = array;
        }
        match kind {
            TypeKind::Basic(basic) if basic.is_string() => ranges(TypeId::INT, Some(TypeId::RUNE)),
            TypeKind::Basic(basic) if basic.is_integer() => Ok(RangeTypes {
                key: Some(typ),
                value: None,
                since: Some(22),
                is_func: false,
            }),
            TypeKind::Array { elem, .. } | TypeKind::Slice(elem) => ranges(TypeId::INT, Some(elem)),
            TypeKind::Map { key, elem } => ranges(key, Some(elem)),
            TypeKind::Chan { elem, .. } => ranges(elem, None),
            TypeKind::Signature(id) => self.range_over_func(self.sig(id)),
            _ => Err("cannot range over it"),
        }
    }

    fn range_over_func(&mut self, signature: Signature) -> Result<RangeTypes, &'static str> {
        let param_type = |store: &Self, list: ObjList, index: usize| {
            let var = store.objs(list).get(index).copied();
            var.map(|var| store.obj_type(var))
        };
        let Some(yield_type) = param_type(self, signature.params, 0) else {
            return Err("func must be func(yield func(...) bool): wrong argument count");
        };
        if signature.params.len() != 1 {
            return Err("func must be func(yield func(...) bool): wrong argument count");
        }
        if !signature.results.is_empty() {
            return Err("func must be func(yield func(...) bool): unexpected results");
        }
        let under = self.common_under(yield_type);
        let Some(callback) = under.and_then(|under| self.as_signature(under)) else {
            return Err("func must be func(yield func(...) bool): argument is not func");
        };
        if callback.params.len() > 2 {
            return Err(
                "func must be func(yield func(...) bool): yield func has too many parameters",
            );
        }
        let result = param_type(self, callback.results, 0);
        let is_bool = result.is_some_and(|result| self.identical(result, TypeId::BOOL));
        if callback.results.len() != 1 || !is_bool {
            return Err("func must be func(yield func(...) bool): yield func does not return bool");
        }
        if callback.variadic {
            return Err("yield func cannot be variadic");
        }
        Ok(RangeTypes {
            key: param_type(self, callback.params, 0),
            value: param_type(self, callback.params, 1),
            since: Some(23),
            is_func: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Maker;

    #[test]
    fn assignment_and_conversion_follow_the_language() {
        let mut maker = Maker::default();
        let bytes = maker.store.slice(TypeId::BYTE);
        let named_bytes = maker.named("Bytes", bytes);
        let named_int = maker.named("Int", TypeId::INT);
        let other_int = maker.named("Other", TypeId::INT);
        let both = maker.store.chan(ChanDir::Both, TypeId::INT);
        let recv = maker.store.chan(ChanDir::Recv, TypeId::INT);
        let array = maker.store.array(TypeId::BYTE, 4);
        let array_pointer = maker.store.pointer(array);
        let (any, error) = (maker.store.universe.any, maker.store.universe.error);
        let cases = [
            (bytes, named_bytes, true, true),
            (named_int, TypeId::INT, false, true),
            (named_int, other_int, false, true),
            (both, recv, true, true),
            (recv, both, false, false),
            (TypeId::INT, any, true, true),
            (any, TypeId::INT, false, false),
            (TypeId::INT, error, false, false),
            (error, any, true, true),
            (TypeId::STRING, bytes, false, true),
            (named_bytes, TypeId::STRING, false, true),
            (TypeId::INT, TypeId::STRING, false, true),
            (TypeId::FLOAT64, TypeId::STRING, false, false),
            (TypeId::FLOAT64, TypeId::INT, false, true),
            (TypeId::BOOL, TypeId::INT, false, false),
            (bytes, array, false, true),
            (bytes, array_pointer, false, true),
            (array_pointer, TypeId::UNSAFE_POINTER, false, true),
            (TypeId::UINTPTR, TypeId::UNSAFE_POINTER, false, true),
            (TypeId::INT, TypeId::UNSAFE_POINTER, false, false),
        ];
        let mut checker = Checker::new(&mut maker.store, maker.pkg);
        for (from, to, assignable, convertible) in cases {
            let text = |typ| checker.store.type_string(typ);
            let case = format!("{} to {}", text(from), text(to));
            assert_eq!(
                checker.assignable(from, to).is_ok(),
                assignable,
                "assign {case}"
            );
            assert_eq!(checker.convertible(from, to), convertible, "convert {case}");
        }
    }

    #[test]
    fn ranges_yield_what_the_type_holds() {
        let mut maker = Maker::default();
        let map = maker.store.map(TypeId::STRING, TypeId::INT);
        let send = maker.store.chan(ChanDir::Send, TypeId::INT);
        let array = maker.store.array(TypeId::BOOL, 2);
        let pointer = maker.store.pointer(array);
        let mut yields = |typ| {
            let ranges = maker.store.range_types(typ);
            ranges.map(|ranges| (ranges.key, ranges.value))
        };
        assert_eq!(yields(map), Ok((Some(TypeId::STRING), Some(TypeId::INT))));
        assert_eq!(yields(pointer), Ok((Some(TypeId::INT), Some(TypeId::BOOL))));
        assert_eq!(
            yields(TypeId::STRING),
            Ok((Some(TypeId::INT), Some(TypeId::RUNE)))
        );
        assert_eq!(yields(TypeId::BYTE), Ok((Some(TypeId::BYTE), None)));
        assert!(yields(send).is_err() && yields(TypeId::BOOL).is_err());
    }
}
