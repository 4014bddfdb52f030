//! Builtins of package unsafe: sizes, offsets and raw memory.

use go_syntax::ExprKind;

use super::BuiltinCall;
use crate::constant::Value;
use crate::lookup::Lookup;
use crate::operand::{Mode, Operand};
use crate::recording::{Selection, SelectionKind};
use crate::{Builtin, Checker, Code, DeclState, ObjKind, TypeId, TypeKind};

/// Package unsafe.
impl Checker<'_> {
    pub(super) fn builtin_unsafe(&mut self, x: &mut Operand, call: BuiltinCall<'_>) -> bool {
        let mut call = call;
        let at = self.range(call.fun).start;
        match call.builtin {
            Builtin::Add => {
                self.verify_version(at, 17, "unsafe.Add");
                self.assignment(x, Some(TypeId::UNSAFE_POINTER), "argument to unsafe.Add");
                if !x.is_valid()
                    || !self.is_valid_index(
                        &mut call.args[1],
                        Code::InvalidUnsafeAdd,
                        "length",
                        true,
                    )
                {
                    return false;
                }
                self.unsafe_result(
                    x,
                    &call,
                    TypeId::UNSAFE_POINTER,
                    &[TypeId::UNSAFE_POINTER, call.args[1].typ],
                )
            }
            Builtin::Slice => {
                self.verify_version(at, 17, "unsafe.Slice");
                let under = self.store.common_under(x.typ);
                let Some((ptr, TypeKind::Pointer(base))) =
                    under.map(|under| (under, self.store.kind(under)))
                else {
                    self.error_operand(x, Code::InvalidUnsafeSlice, "argument is not a pointer");
                    return false;
                };
                if !self.is_valid_index(
                    &mut call.args[1],
                    Code::InvalidUnsafeSlice,
                    "length",
                    false,
                ) {
                    return false;
                }
                let result = self.store.slice(base);
                self.unsafe_result(x, &call, result, &[ptr, call.args[1].typ])
            }
            Builtin::SliceData => {
                self.verify_version(at, 20, "unsafe.SliceData");
                let under = self.store.common_under(x.typ);
                let Some((slice, TypeKind::Slice(elem))) =
                    under.map(|under| (under, self.store.kind(under)))
                else {
                    self.error_operand(x, Code::InvalidUnsafeSliceData, "argument is not a slice");
                    return false;
                };
                let result = self.store.pointer(elem);
                self.unsafe_result(x, &call, result, &[slice])
            }
            Builtin::String => {
                self.verify_version(at, 20, "unsafe.String");
                let pointer = self.store.pointer(TypeId::BYTE);
                self.assignment(x, Some(pointer), "argument to unsafe.String");
                if !x.is_valid()
                    || !self.is_valid_index(
                        &mut call.args[1],
                        Code::InvalidUnsafeString,
                        "length",
                        false,
                    )
                {
                    return false;
                }
                self.unsafe_result(x, &call, TypeId::STRING, &[pointer, call.args[1].typ])
            }
            Builtin::StringData => {
                self.verify_version(at, 20, "unsafe.StringData");
                self.assignment(x, Some(TypeId::STRING), "argument to unsafe.StringData");
                if !x.is_valid() {
                    return false;
                }
                let result = self.store.pointer(TypeId::BYTE);
                self.unsafe_result(x, &call, result, &[TypeId::STRING])
            }
            Builtin::Offsetof => self.builtin_offsetof(x, &call),
            _ => self.builtin_sizeof(x, &call),
        }
    }

    pub(super) fn unsafe_result(
        &mut self,
        x: &mut Operand,
        call: &BuiltinCall<'_>,
        result: TypeId,
        params: &[TypeId],
    ) -> bool {
        x.mode = Mode::Value;
        x.typ = result;
        self.record_builtin_call(call.fun, Some(result), params);
        true
    }

    /// `unsafe.Sizeof` and `unsafe.Alignof`
    pub(super) fn builtin_sizeof(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        self.assignment(x, None, "argument to unsafe.Sizeof");
        if !x.is_valid() {
            return false;
        }
        if self.has_var_size(x.typ) {
            return self.unsafe_result(x, call, TypeId::UINTPTR, &[x.typ]);
        }
        let size = if call.builtin == Builtin::Sizeof {
            self.size_of(x.typ)
        } else {
            self.align_of(x.typ)
        };
        if size < 0 && !self.has_cycle() {
            self.error_operand(x, Code::TypeTooLarge, "type is too large");
            return false;
        }
        x.mode = Mode::Const;
        x.val = if size < 0 {
            Value::Unknown
        } else {
            Value::Int(size)
        };
        x.typ = TypeId::UINTPTR;
        true
    }

    /// Types that contain themselves were reported: they have no size.
    pub(super) fn has_cycle(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.code == Code::InvalidDeclCycle)
    }

    pub(super) fn builtin_offsetof(&mut self, x: &mut Operand, call: &BuiltinCall<'_>) -> bool {
        let arg = call.exprs[0];
        let selector = self.ast().unparen(arg);
        let ExprKind::Selector { x: inner, sel } = self.ast().expr(selector).kind else {
            self.error_expr(
                arg,
                Code::BadOffsetofSyntax,
                "argument is not a selector expression",
            );
            self.use_exprs(&[arg]);
            return false;
        };
        *x = self.expr(None, inner);
        if !x.is_valid() {
            return false;
        }
        let base = self.store.deref_struct_pointer(x.typ);
        let name = self.ident_name(sel);
        let Lookup::Found(selected) =
            self.store
                .lookup_field_or_method(base, false, Some(self.pkg), name)
        else {
            self.error_expr(
                sel,
                Code::MissingFieldOrMethod,
                "no single field of that name",
            );
            return false;
        };
        if !matches!(self.store.obj(selected.obj).kind, ObjKind::Var { .. }) {
            self.error_expr(arg, Code::InvalidOffsetof, "argument is a method value");
            return false;
        }
        if selected.indirect {
            self.error_operand(x, Code::InvalidOffsetof, "field is embedded via a pointer");
            return false;
        }
        let typ = self.store.obj_type(selected.obj);
        let selection = Selection {
            kind: SelectionKind::Field,
            recv: base,
            obj: selected.obj,
            index: selected.index.clone().into_boxed_slice(),
            indirect: false,
        };
        self.record_selection(selector, selection);
        let mode = if x.mode == Mode::Var {
            Mode::Var
        } else {
            Mode::Value
        };
        self.record_type_and_value(selector, mode, typ, None);
        if self.has_var_size(base) {
            return self.unsafe_result(x, call, TypeId::UINTPTR, &[typ]);
        }
        let offset = self.offset_of(base, &selected.index);
        if offset < 0 {
            self.error_operand(x, Code::TypeTooLarge, "type is too large");
            return false;
        }
        x.mode = Mode::Const;
        x.val = Value::Int(offset);
        x.typ = TypeId::UINTPTR;
        true
    }

    pub(super) fn offset_of(&mut self, base: TypeId, index: &[u32]) -> i64 {
        let (mut typ, mut offset) = (base, 0i64);
        for &step in index {
            let TypeKind::Struct(strukt) = self.store.under_kind(typ) else {
                return -1;
            };
            let Some(&field) = self.store.objs(strukt.fields).get(step as usize) else {
                return -1;
            };
            let at = self.field_offset(strukt, step as usize);
            if at < 0 {
                return -1;
            }
            let Some(sum) = offset.checked_add(at) else {
                return -1;
            };
            offset = sum;
            typ = self.store.obj_type(field);
        }
        offset
    }

    /// Whether the size depends on type parameters.
    pub(super) fn has_var_size(&mut self, typ: TypeId) -> bool {
        let typ = self.store.unalias(typ);
        match self.store.kind(typ) {
            TypeKind::Named(id) => {
                if let Some(known) = self.var_size.get(&typ) {
                    return *known;
                }
                let obj = self.store.named(id).obj;
                if let DeclState::InProgress(start) = self.store.obj(obj).state {
                    let cycle: Vec<_> = self.obj_path[start as usize..]
                        .iter()
                        .map(|(obj, _)| *obj)
                        .collect();
                    self.cycle_error(&cycle);
                    return true;
                }
                self.push(obj);
                let under = self.store.under(typ);
                let result = self.has_var_size(under);
                self.pop();
                self.var_size.insert(typ, result);
                result
            }
            TypeKind::Array { elem, .. } => self.has_var_size(elem),
            TypeKind::Struct(strukt) => {
                let fields = self.store.objs(strukt.fields).to_vec();
                fields.into_iter().any(|field| {
                    let typ = self.store.obj_type(field);
                    self.has_var_size(typ)
                })
            }
            TypeKind::TypeParam(_) => true,
            _ => false,
        }
    }
}
