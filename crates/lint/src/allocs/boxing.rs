//! Values that are put into interfaces, and slices of variadic arguments.

use base::TextRange;
use go_syntax::{ExprId, ExprKind, StmtId};
use go_types::{Basic, Mode, Signature, TypeId, TypeKind};

use super::typed::FunctionNode;
use super::{Alloc, BlockSize, Finder, TypedFile};

impl Finder<'_, '_, '_> {
    /// The signature of a called function; `None` for builtins and without types.
    fn signature(&self, fun: ExprId) -> Option<Signature> {
        let typed = self.typed.as_ref()?;
        typed.store().borrow().as_signature(typed.type_of(fun)?)
    }

    fn params(&self, signature: Signature) -> Vec<TypeId> {
        let Some(typed) = &self.typed else {
            return Vec::new();
        };
        let store = typed.store().borrow();
        let params = store.objs(signature.params).iter();
        params.map(|param| store.obj_type(*param)).collect()
    }

    /// The slice of the arguments that a variadic parameter takes.
    pub(super) fn variadic(&mut self, call: ExprId, fun: ExprId, args: &[ExprId], spread: bool) {
        let Some(signature) = self.signature(fun) else {
            return;
        };
        let params = self.params(signature);
        if !signature.variadic || spread || args.len() < params.len() {
            return;
        }
        let n = args.len() + 1 - params.len();
        let elem = params.last().and_then(|last| self.under_kind(*last));
        if let Some(TypeKind::Slice(elem)) = elem {
            let size = self.array_block(elem, n as i64);
            self.add(Alloc::Variadic, call, BlockSize::of(size)).call = Some(call);
        }
    }

    pub(super) fn boxed_arguments(
        &mut self,
        call: ExprId,
        fun: ExprId,
        args: &[ExprId],
        spread: bool,
    ) {
        let Some(signature) = self.signature(fun) else {
            // `append`: its elements.
            let elem = self.type_of(call).and_then(|typ| self.under_kind(typ));
            if let Some(TypeKind::Slice(elem)) = elem.filter(|_| !spread) {
                for arg in args.iter().skip(1) {
                    self.boxed(*arg, elem, Some(call));
                }
            }
            return;
        };
        let params = self.params(signature);
        for (index, arg) in args.iter().enumerate() {
            let Some(last) = params.last() else { return };
            let mut target = *params.get(index).unwrap_or(last);
            if signature.variadic
                && !spread
                && index + 1 >= params.len()
                && let Some(TypeKind::Slice(elem)) = self.under_kind(target)
            {
                target = elem;
            }
            self.boxed(*arg, target, Some(call));
        }
    }

    pub(super) fn boxed_elements(&mut self, literal: ExprId) {
        let ExprKind::CompositeLit { elems, .. } = self.ast().expr(literal).kind else {
            return;
        };
        let Some(kind) = self.type_of(literal).and_then(|typ| self.under_kind(typ)) else {
            return;
        };
        for elem in self.ast().list(elems).to_vec() {
            let (key, value) = match self.ast().expr(elem).kind {
                ExprKind::KeyValue { key, value } => (Some(key), value),
                _ => (None, elem),
            };
            let target = match kind {
                TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => Some(elem),
                TypeKind::Map { key: of_key, elem } => {
                    if let Some(key) = key {
                        self.boxed(key, of_key, None);
                    }
                    Some(elem)
                }
                TypeKind::Struct(_) => key.and_then(|key| self.field_type(key)),
                _ => None,
            };
            if let Some(target) = target {
                self.boxed(value, target, None);
            }
        }
    }

    fn field_type(&self, key: ExprId) -> Option<TypeId> {
        let field = self.object_of(key)?;
        Some(self.typed.as_ref()?.store().borrow().obj_type(field))
    }

    pub(super) fn boxed_assignment(&mut self, to: ExprId, from: ExprId) {
        if let Some(target) = self.type_of(to) {
            self.boxed(from, target, None);
        }
    }

    pub(super) fn boxed_send(&mut self, chan: ExprId, value: ExprId) {
        let kind = self.type_of(chan).and_then(|typ| self.under_kind(typ));
        if let Some(TypeKind::Chan { elem, .. }) = kind {
            self.boxed(value, elem, None);
        }
    }

    pub(super) fn boxed_results(&mut self, stmt: StmtId, results: &[ExprId]) {
        let at = self.ast().range(stmt).start;
        let holds = |(range, _): &&(TextRange, FunctionNode)| range.contains(at);
        let inner = self
            .functions
            .iter()
            .filter(holds)
            .min_by_key(|(range, _)| range.len());
        let Some((_, function)) = inner else { return };
        let Some(typed) = &self.typed else { return };
        let typ = match *function {
            FunctionNode::Declared(name) => {
                let Some(obj) = typed.object_of(self.file, name) else {
                    return;
                };
                typed.store().borrow().obj(obj).typ
            }
            FunctionNode::Literal(literal) => typed.type_of(literal),
        };
        let targets: Vec<TypeId> = {
            let store = typed.store().borrow();
            let Some(signature) = typ.and_then(|typ| store.as_signature(typ)) else {
                return;
            };
            let results = store.objs(signature.results).iter();
            results.map(|result| store.obj_type(*result)).collect()
        };
        for (result, target) in results.iter().zip(targets) {
            self.boxed(*result, target, None);
        }
    }

    /// A value that becomes one of type `target`. Constants and pointers are put into interfaces without a copy.
    fn boxed(&mut self, value: ExprId, target: TypeId, call: Option<ExprId>) {
        let Some(typed) = &self.typed else { return };
        let is_interface = typed
            .store()
            .borrow_mut()
            .is_non_type_param_interface(target);
        if !is_interface || typed.is_boxed_free(value) {
            return;
        }
        let size = typed.type_of(value).and_then(|typ| typed.block_of(typ));
        self.add(Alloc::Boxing, value, BlockSize::of(size)).call = call;
    }
}

impl TypedFile<'_, '_> {
    /// Whether an interface holds a value without memory of its own: constants, pointers, empty values, those of one
    /// byte, which lie in a table, and what is an interface already.
    pub(crate) fn is_boxed_free(&self, value: ExprId) -> bool {
        let Some(found) = self.type_and_value(value) else {
            return false;
        };
        let is_interface = self
            .store()
            .borrow_mut()
            .is_non_type_param_interface(found.typ);
        if found.mode == Mode::Type || found.value.is_some() || is_interface {
            return true;
        }
        match self.under_kind(found.typ) {
            TypeKind::Tuple(_)
            | TypeKind::Basic(Basic::Bool | Basic::Int8 | Basic::Uint8 | Basic::Byte) => true,
            TypeKind::Basic(basic) if basic.is_untyped() => true,
            kind => is_pointer_shaped(kind) || self.is_empty(found.typ),
        }
    }
}

fn is_pointer_shaped(kind: TypeKind) -> bool {
    matches!(
        kind,
        TypeKind::Pointer(_)
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. }
            | TypeKind::Signature(_)
            | TypeKind::Basic(Basic::UnsafePointer)
    )
}
