//! Selectors: qualified identifiers, fields, methods.

use go_syntax::{ExprId, ExprKind};

use crate::lookup::Lookup;
use crate::operand::{Mode, Operand};
use crate::recording::{Selection, SelectionKind};
use crate::resolver::is_valid_name;
use crate::{Checker, Code, Name, ObjId, ObjKind, PkgId, Signature, TypeId, TypeKind, VarKind};

impl Checker<'_> {
    /// `x.sel`; with `want_type` it must be a type.
    pub(crate) fn selector(
        &mut self,
        expr: ExprId,
        base: ExprId,
        sel: ExprId,
        want_type: bool,
    ) -> Operand {
        let at = self.range(expr).start;
        if let ExprKind::Ident(symbol) = self.ast().expr(base).kind {
            let name = self.name(symbol);
            if let Some(obj) = self.lookup(name)
                && let ObjKind::PkgName { imported } = self.store.obj(obj).kind
            {
                self.record_use(base, obj);
                self.mark_used(obj);
                let mut x = self.qualified(imported, sel);
                x.expr = Some(expr);
                x.at = at;
                return x;
            }
        }
        let mut x = self.expr_or_type(base, false);
        let ok = self.select(expr, &mut x, base, sel, want_type);
        if !ok {
            x = Operand::invalid(at);
        }
        x.expr = Some(expr);
        x.at = at;
        x
    }

    fn not_exported(&mut self, at: u32, symbol: go_syntax::Symbol) {
        let message = format!("name {symbol} not exported by package");
        self.error_at(at, Code::UnexportedName, message);
    }

    /// `pkg.sel`
    fn qualified(&mut self, imported: PkgId, sel: ExprId) -> Operand {
        let at = self.range(sel).start;
        let mut x = Operand::invalid(at);
        let symbol = self.ast().name(sel);
        let name = self.name(symbol);
        let package = &self.store.packages[imported];
        let (scope, fake) = (package.scope, package.fake);
        let is_cgo = fake && package.path == Name::C;
        let found = if is_cgo {
            self.cgo_name(symbol.as_str())
        } else {
            self.store.scopes[scope].get(name)
        };
        let Some(obj) = found else {
            if self.store.packages[imported].hides(symbol.as_str()) {
                self.not_exported(at, symbol);
            } else if !fake && is_valid_name(symbol) {
                self.error_at(
                    at,
                    Code::UndeclaredImportedName,
                    format!("undefined: {symbol}"),
                );
            }
            return x;
        };
        if !is_cgo && !self.store.names.is_exported(name) {
            self.not_exported(at, symbol);
        }
        self.obj_decl(obj);
        self.record_use(sel, obj);
        let object = *self.store.obj(obj);
        x.typ = object.typ.unwrap_or(TypeId::INVALID);
        match object.kind {
            ObjKind::Const { value } => {
                x.mode = Mode::Const;
                if let Some(value) = value {
                    x.val = self.store.value(value).clone();
                }
            }
            ObjKind::TypeName => x.mode = Mode::Type,
            ObjKind::Var { .. } => x.mode = Mode::Var,
            ObjKind::Func { .. } => x.mode = if is_cgo { Mode::CgoFunc } else { Mode::Value },
            ObjKind::Builtin(builtin) => {
                x.mode = Mode::Builtin;
                x.builtin = Some(builtin);
            }
            _ => {}
        }
        x
    }

    /// What `C.name` means in files that cgo has rewritten.
    fn cgo_name(&mut self, name: &str) -> Option<ObjId> {
        const PREFIXES: [&str; 8] = [
            "_Ciconst_",
            "_Cfconst_",
            "_Csconst_",
            "_Ctype_",
            "_Cvar_",
            "_Cfpvar_fp_",
            "_Cfunc_",
            "_Cmacro_",
        ];
        let name = if name == "malloc" { "_CMalloc" } else { name };
        PREFIXES.iter().find_map(|prefix| {
            let name = self.store.names.find(&format!("{prefix}{name}"))?;
            self.lookup(name)
        })
    }

    /// A field or method of the operand; `false` if there is none.
    fn select(
        &mut self,
        expr: ExprId,
        x: &mut Operand,
        base: ExprId,
        sel: ExprId,
        want_type: bool,
    ) -> bool {
        let Some(name) = self.selectable(x, sel, want_type) else {
            return false;
        };
        let found =
            self.store
                .lookup_field_or_method(x.typ, x.mode == Mode::Var, Some(self.pkg), name);
        let selected = match found {
            Lookup::Found(selected) => selected,
            other => {
                self.report_selector(x, sel, &other);
                return false;
            }
        };
        let is_field = matches!(self.store.obj(selected.obj).kind, ObjKind::Var { .. });
        if is_field && x.mode == Mode::Type {
            self.error_expr(
                base,
                Code::MissingFieldOrMethod,
                "operand for field selector must be a value",
            );
            return false;
        }
        let kind = match (is_field, x.mode) {
            (true, _) => SelectionKind::Field,
            (false, Mode::Type) => SelectionKind::MethodExpr,
            _ => SelectionKind::Method,
        };
        if !is_field {
            // The signature must be there before anybody looks at it.
            self.obj_decl(selected.obj);
            self.method_type(selected.obj);
            self.add_decl_dep(selected.obj);
        }
        let typ = self.store.obj_type(selected.obj);
        let selection = Selection {
            kind,
            recv: x.typ,
            obj: selected.obj,
            index: selected.index.into_boxed_slice(),
            indirect: selected.indirect,
        };
        let is_var = kind == SelectionKind::Field && (x.mode == Mode::Var || selected.indirect);
        x.mode = if is_var { Mode::Var } else { Mode::Value };
        x.typ = match kind {
            SelectionKind::Field => typ,
            SelectionKind::MethodExpr => self.method_expr_type(typ, x.typ),
            SelectionKind::Method => self.method_value_type(typ),
        };
        self.record_selection(expr, selection);
        true
    }

    /// The name that is looked for; `None`, and an error, where nothing can be selected.
    fn selectable(&mut self, x: &Operand, sel: ExprId, want_type: bool) -> Option<Name> {
        match x.mode {
            Mode::Invalid => return None,
            Mode::Builtin => {
                self.error_expr(
                    sel,
                    Code::UncalledBuiltin,
                    "invalid use of builtin in selector expression",
                );
                return None;
            }
            _ => {}
        }
        let symbol = self.ast().name(sel);
        let name = self.name(symbol);
        if name == Name::BLANK {
            self.error_expr(
                sel,
                Code::MissingFieldOrMethod,
                "cannot refer to blank field or method",
            );
            return None;
        }
        if !self.is_complete(x.typ) {
            return None;
        }
        if want_type {
            self.error_expr(sel, Code::NotAType, format!("{symbol} is not a type"));
            return None;
        }
        if let TypeKind::Pointer(base) = self.store.under_kind(x.typ)
            && !self.is_complete(base)
        {
            return None;
        }
        Some(name)
    }

    /// The function type of `x.m`: the receiver is in it no more.
    fn method_value_type(&mut self, method: TypeId) -> TypeId {
        let TypeKind::Signature(id) = self.store.kind(method) else {
            return method;
        };
        let sig = self.store.sig(id);
        self.store.signature(Signature {
            recv: None,
            rparams: crate::TypeList::EMPTY,
            ..sig
        })
    }

    /// The function type of `T.m`: the receiver becomes the first parameter.
    fn method_expr_type(&mut self, method: TypeId, recv: TypeId) -> TypeId {
        let TypeKind::Signature(id) = self.store.kind(method) else {
            return method;
        };
        let sig = self.store.sig(id);
        let object = crate::Object::var(
            VarKind::Param,
            crate::Pos::none(),
            Some(self.pkg),
            Name::BLANK,
        );
        let mut params = vec![self.store.new_obj(object.with_type(recv))];
        params.extend_from_slice(self.store.objs(sig.params));
        let params = self.store.obj_list(&params);
        self.store.signature(Signature {
            recv: None,
            rparams: crate::TypeList::EMPTY,
            params,
            ..sig
        })
    }

    fn report_selector(&mut self, x: &Operand, sel: ExprId, lookup: &Lookup) {
        if self.store.under(x.typ) == TypeId::INVALID {
            return;
        }
        let symbol = self.ast().name(sel);
        if !is_valid_name(symbol) {
            return;
        }
        let typ = self.describe(x.typ);
        match lookup {
            Lookup::Ambiguous(_) => {
                self.error_expr(
                    sel,
                    Code::AmbiguousSelector,
                    format!("ambiguous selector {typ}.{symbol}"),
                );
            }
            Lookup::NeedsPointer => {
                self.error_expr(
                    sel,
                    Code::InvalidMethodExpr,
                    format!("method {symbol} needs pointer receiver (*{typ})"),
                );
            }
            _ => {
                let message =
                    format!("{symbol} undefined (type {typ} has no field or method {symbol})");
                self.error_expr(sel, Code::MissingFieldOrMethod, message);
            }
        }
    }
}
