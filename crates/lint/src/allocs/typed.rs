//! What types say of expressions.

use std::cell::RefCell;

use base::TextRange;
use go_syntax::{DeclKind, ExprId, ExprKind, File, Node};
use go_types::{
    Basic, Builtin, Def, FileInfo, Mode, ObjId, ObjKind, SelectionKind, Sizes, Store, TypeAndValue,
    TypeId, TypeKind, VarKind,
};

use super::Finder;

/// What the type checker found out about a package.
#[derive(Debug)]
pub struct TypedPackage<'a> {
    /// A view of the program's store: questions may bring types about.
    pub store: RefCell<Store>,
    /// In the order of the package's files; `None` for a file that was not checked.
    pub files: Vec<Option<&'a FileInfo>>,
    pub sizes: Sizes,
    /// Minor version of Go, for the sizes of what the runtime allocates.
    pub go_minor: u32,
}

/// What is known of one file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypedFile<'a, 'b> {
    package: &'b TypedPackage<'a>,
    info: &'a FileInfo,
}

impl<'a> TypedPackage<'a> {
    pub(crate) fn file<'b>(&'b self, index: usize) -> Option<TypedFile<'a, 'b>> {
        let info = self.files.get(index).copied().flatten()?;
        Some(TypedFile {
            package: self,
            info,
        })
    }
}

/// The node whose type is a function's signature.
#[derive(Clone, Copy, Debug)]
pub(super) enum FunctionNode {
    /// The name of a declaration.
    Declared(ExprId),
    Literal(ExprId),
}

/// The functions of a file by range, outer ones first.
pub(super) fn function_results(file: &File) -> Vec<(TextRange, FunctionNode)> {
    let mut functions = Vec::new();
    for &decl in &file.decls {
        file.ast.walk(decl, |node| {
            let function = match node {
                Node::Decl(id) => match file.ast.decl(id).kind {
                    DeclKind::Func(func) => Some(FunctionNode::Declared(func.name)),
                    _ => None,
                },
                Node::Expr(id) => match file.ast.expr(id).kind {
                    ExprKind::FuncLit { .. } => Some(FunctionNode::Literal(id)),
                    _ => None,
                },
                _ => None,
            };
            functions.extend(function.map(|function| (file.ast.range(node), function)));
            true
        });
    }
    functions
}

impl<'a, 'b> TypedFile<'a, 'b> {
    pub(crate) fn store(&self) -> &'b RefCell<Store> {
        &self.package.store
    }

    pub(crate) fn info(&self) -> &'a FileInfo {
        self.info
    }

    /// Bytes that a type takes.
    pub(crate) fn size(&self, typ: TypeId) -> Option<i64> {
        let sizes = self.package.sizes;
        sizes.size(&mut self.package.store.borrow_mut(), typ).ok()
    }

    pub(super) fn type_and_value(&self, expr: ExprId) -> Option<TypeAndValue> {
        self.info.type_of(expr)
    }

    /// Whether values of the type take no memory.
    pub(super) fn is_empty(&self, typ: TypeId) -> bool {
        self.package
            .sizes
            .size(&mut self.package.store.borrow_mut(), typ)
            == Ok(0)
    }

    pub(crate) fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.info.type_of(expr).map(|found| found.typ)
    }

    pub(crate) fn under_kind(&self, typ: TypeId) -> TypeKind {
        self.package.store.borrow_mut().under_kind(typ)
    }

    /// The object that an identifier or selector names; of a field or method of an instance, the generic one.
    pub(crate) fn object_of(&self, file: &File, expr: ExprId) -> Option<ObjId> {
        let ident = match file.ast.expr(expr).kind {
            ExprKind::Selector { sel, .. } => sel,
            _ => expr,
        };
        let declared = match self.info.def(ident) {
            Some(Def::Object(obj)) => Some(obj),
            _ => None,
        };
        let obj = self.info.use_of(ident).or(declared)?;
        let origin = match self.package.store.borrow().obj(obj).kind {
            ObjKind::Var { origin, .. } | ObjKind::Func { origin, .. } => origin,
            _ => None,
        };
        Some(origin.unwrap_or(obj))
    }

    /// Whether a called expression is a function, not a type or a builtin.
    pub(crate) fn is_function(&self, fun: ExprId) -> bool {
        (self.info.type_of(fun))
            .is_some_and(|found| !matches!(found.mode, Mode::Type | Mode::Builtin))
    }

    /// Bytes that the allocator takes for the first entries of a map type: a group of eight. Source: `abi.MapGroup`,
    /// go1.27.3; large keys and elements are held by pointers.
    pub(crate) fn map_group(&self, map: TypeId) -> Option<i64> {
        const ENTRIES: i64 = 8;
        const INLINE: i64 = 128;
        let store = &mut *self.package.store.borrow_mut();
        let sizes = self.package.sizes;
        let TypeKind::Map { key, elem } = store.under_kind(map) else {
            return None;
        };
        let mut part = |typ: TypeId| {
            let (size, align) = (sizes.size(store, typ).ok()?, sizes.align(store, typ).ok()?);
            Some(if size > INLINE {
                (sizes.word, sizes.word)
            } else {
                (size, align.max(1))
            })
        };
        let ((key, key_align), (elem, elem_align)) = (part(key)?, part(elem)?);
        let align = key_align.max(elem_align);
        let entry = (key + elem_align - 1) / elem_align * elem_align + elem;
        let entry = (entry + align - 1) / align * align;
        block(ENTRIES + ENTRIES * entry, true, sizes)
    }

    /// Whether an expression is constant or names a package-level variable.
    pub(crate) fn is_package_level(&self, file: &File, expr: ExprId) -> bool {
        let is_constant = self
            .info
            .type_of(expr)
            .is_some_and(|found| found.value.is_some());
        let named = matches!(
            file.ast.expr(expr).kind,
            ExprKind::Ident(_) | ExprKind::Selector { .. }
        );
        let kind = || {
            self.object_of(file, expr)
                .and_then(|obj| self.var_kind(obj))
        };
        is_constant || (named && kind() == Some(VarKind::Package))
    }

    pub(crate) fn name_of(&self, obj: ObjId) -> String {
        self.package.store.borrow().name(obj).to_owned()
    }

    /// The import path of the package that an object is declared in.
    pub(crate) fn package_of(&self, obj: ObjId) -> Option<String> {
        let store = self.package.store.borrow();
        let path = store.packages[store.obj(obj).pkg?].path;
        Some(store.names.text(path).to_owned())
    }

    pub(crate) fn type_of_object(&self, obj: ObjId) -> TypeId {
        self.package.store.borrow().obj_type(obj)
    }

    /// What kind of variable an object is; `None` if it is not a variable.
    pub(crate) fn var_kind(&self, obj: ObjId) -> Option<VarKind> {
        match self.package.store.borrow().obj(obj).kind {
            ObjKind::Var { kind, .. } => Some(kind),
            _ => None,
        }
    }

    /// Offset of the identifier that declares an object.
    pub(crate) fn declared_at(&self, obj: ObjId) -> u32 {
        self.package.store.borrow().obj(obj).pos.offset
    }

    /// Bytes that the allocator takes for an object of a type; `None` if that is not known or nothing.
    pub(crate) fn block_of(&self, typ: TypeId) -> Option<i64> {
        self.array_block(typ, 1)
    }

    /// Bytes that the allocator takes for an array of `n` elements.
    pub(crate) fn array_block(&self, elem: TypeId, n: i64) -> Option<i64> {
        let store = &mut *self.package.store.borrow_mut();
        let sizes = self.package.sizes;
        let size = sizes.size(store, elem).ok()?.checked_mul(n)?;
        let has_pointers = sizes.ptrdata(store, elem).is_ok_and(|bytes| bytes > 0);
        block(size, has_pointers, sizes)
    }
}

/// Bytes that the allocator takes for an object; small ones without pointers share a block, which the profile shows.
fn block(size: i64, has_pointers: bool, sizes: Sizes) -> Option<i64> {
    const SHARED: i64 = 16;
    match size {
        ..=0 => None,
        1..SHARED if !has_pointers => Some(SHARED),
        _ => Some(layout::size_class(size, has_pointers, sizes)),
    }
}

impl Finder<'_, '_, '_> {
    pub(super) fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.typed.as_ref()?.type_of(expr)
    }

    pub(super) fn under_kind(&self, typ: TypeId) -> Option<TypeKind> {
        Some(self.typed.as_ref()?.under_kind(typ))
    }

    pub(super) fn object_of(&self, expr: ExprId) -> Option<ObjId> {
        self.typed.as_ref()?.object_of(self.file, expr)
    }

    pub(super) fn block_of(&self, typ: TypeId) -> Option<i64> {
        self.typed.as_ref()?.block_of(typ)
    }

    pub(super) fn array_block(&self, elem: TypeId, n: i64) -> Option<i64> {
        self.typed.as_ref()?.array_block(elem, n)
    }

    /// A channel of `n` elements: header and buffer in one object if the elements have no pointers.
    /// Source: `hchan` and `makechan`, runtime/chan.go, go1.24 and go1.27.3.
    pub(super) fn channel_block(&self, elem: TypeId, n: i64) -> Option<i64> {
        let typed = self.typed.as_ref()?;
        let header = if typed.package.go_minor >= 25 {
            112
        } else {
            104
        };
        let store = &mut *typed.package.store.borrow_mut();
        let sizes = typed.package.sizes;
        let size = sizes.size(store, elem).ok()?;
        if n > 0 && sizes.ptrdata(store, elem).is_ok_and(|bytes| bytes > 0) {
            return None;
        }
        block(size.checked_mul(n)?.checked_add(header)?, true, sizes)
    }

    /// The predeclared function that a call is of.
    pub(super) fn builtin(&self, fun: ExprId) -> Option<Builtin> {
        let Some(typed) = &self.typed else {
            return match self.ast().name(fun).as_str() {
                "make" => Some(Builtin::Make),
                "new" => Some(Builtin::New),
                "append" => Some(Builtin::Append),
                _ => None,
            };
        };
        match typed
            .package
            .store
            .borrow()
            .obj(typed.info.use_of(fun)?)
            .kind
        {
            ObjKind::Builtin(builtin) => Some(builtin),
            _ => None,
        }
    }

    /// Whether an expression is a type, so that its call is a conversion.
    pub(super) fn is_type(&self, expr: ExprId) -> bool {
        match &self.typed {
            Some(typed) => (typed.info.type_of(expr)).is_some_and(|found| found.mode == Mode::Type),
            None => super::is_text_type(self.ast(), expr),
        }
    }

    pub(super) fn is_interface(&self, expr: ExprId) -> bool {
        let Some(typed) = &self.typed else {
            return false;
        };
        typed.type_of(expr).is_some_and(|typ| {
            typed
                .package
                .store
                .borrow_mut()
                .is_non_type_param_interface(typ)
        })
    }

    pub(super) fn is_string(&self, expr: ExprId) -> bool {
        match self.type_of(expr) {
            Some(typ) => matches!(
                self.under_kind(typ),
                Some(TypeKind::Basic(Basic::String | Basic::UntypedString))
            ),
            None => self.typed.is_none() && self.has_string_literal(expr),
        }
    }

    /// Without types: some operand is a string literal.
    fn has_string_literal(&self, expr: ExprId) -> bool {
        match self.ast().expr(self.ast().unparen(expr)).kind {
            ExprKind::Binary { x, y, .. } => {
                super::is_string_literal(self.ast(), y) || self.has_string_literal(x)
            }
            _ => super::is_string_literal(self.ast(), expr),
        }
    }

    /// A constant integer.
    pub(super) fn constant(&self, expr: ExprId) -> Option<i64> {
        let Some(typed) = &self.typed else {
            return self.file.expr_text(expr).parse().ok();
        };
        let value = typed.info.type_of(expr)?.value?;
        typed.package.store.borrow().value(value).as_i64()
    }

    /// Whether an expression is constant.
    pub(super) fn constant_text(&self, expr: ExprId) -> Option<()> {
        self.typed.as_ref()?.info.type_of(expr)?.value.map(|_| ())
    }

    /// Whether a conversion copies text: between strings and slices of bytes or runes, or from an integer.
    pub(super) fn copies_text(&self, to: ExprId, from: ExprId) -> bool {
        let kind = |expr| self.type_of(expr).and_then(|typ| self.under_kind(typ));
        let is_string = |kind: &Option<TypeKind>| {
            matches!(
                kind,
                Some(TypeKind::Basic(Basic::String | Basic::UntypedString))
            )
        };
        let (to_kind, from_kind) = (kind(to), kind(from));
        match to_kind {
            Some(TypeKind::Basic(Basic::String)) => {
                self.constant_text(to).is_none() && !is_string(&from_kind)
            }
            Some(TypeKind::Slice(_)) => is_string(&from_kind),
            _ => false,
        }
    }

    /// The block of a closure, as far as known; `None` if it captures nothing, so that there is only one.
    #[expect(
        clippy::option_option,
        reason = "captures nothing, or a size that may not be known"
    )]
    pub(super) fn closure_size(&self, literal: ExprId) -> Option<Option<i64>> {
        const BY_VALUE: i64 = 128;
        let Some(typed) = &self.typed else {
            return Some(None);
        };
        let range = self.ast().range(literal);
        let mut captured: Vec<ObjId> = Vec::new();
        self.ast().walk(literal, |node| {
            if let Node::Expr(expr) = node
                && let Some(obj) = typed.info.use_of(expr)
                && self.is_captured(obj, range)
                && !captured.contains(&obj)
            {
                captured.push(obj);
            }
            true
        });
        if captured.is_empty() {
            // In generic code it carries the type arguments.
            let sizes = typed.package.sizes;
            return self
                .is_generic_at(range.start)
                .then(|| block(2 * sizes.word, true, sizes));
        }
        let sizes = typed.package.sizes;
        let mut size = sizes.word;
        for obj in captured {
            let assigned = self.is_assigned(obj);
            let store = &mut *typed.package.store.borrow_mut();
            let typ = store.obj_type(obj);
            let (Ok(of_var), Ok(align)) = (sizes.size(store, typ), sizes.align(store, typ)) else {
                return Some(None);
            };
            let (of_var, align) = if assigned || of_var > BY_VALUE {
                (sizes.word, sizes.word)
            } else {
                (of_var, align.max(1))
            };
            size = (size + align - 1) / align * align + of_var;
        }
        Some(block(size, true, sizes))
    }

    /// Whether an offset lies in a function with type parameters.
    fn is_generic_at(&self, offset: u32) -> bool {
        let Some(typed) = &self.typed else {
            return false;
        };
        self.functions.iter().any(|(range, function)| {
            let FunctionNode::Declared(name) = *function else {
                return false;
            };
            range.contains(offset)
                && typed.object_of(self.file, name).is_some_and(|obj| {
                    let store = typed.package.store.borrow();
                    let signature = store.obj(obj).typ.and_then(|typ| store.as_signature(typ));
                    signature.is_some_and(|it| {
                        !store.types(it.tparams).is_empty() || !store.types(it.rparams).is_empty()
                    })
                })
        })
    }

    fn is_captured(&self, obj: ObjId, literal: TextRange) -> bool {
        let Some(typed) = &self.typed else {
            return false;
        };
        let store = typed.package.store.borrow();
        let object = store.obj(obj);
        let is_local = matches!(
            object.kind,
            ObjKind::Var {
                kind: VarKind::Local | VarKind::Param | VarKind::Recv | VarKind::Result,
                ..
            }
        );
        is_local && !literal.contains(object.pos.offset)
    }

    /// Whether a variable is assigned or its address taken after its declaration, so that closures hold its address.
    fn is_assigned(&self, obj: ObjId) -> bool {
        let Some(typed) = &self.typed else {
            return true;
        };
        let is_it = |expr: ExprId| typed.info.use_of(self.ast().unparen(expr)) == Some(obj);
        let mut assigned = false;
        for &decl in &self.file.decls {
            let declared = typed.declared_at(obj);
            if !self.ast().range(decl).contains(declared) {
                continue;
            }
            self.ast().walk(decl, |node| {
                assigned |= match node {
                    Node::Stmt(stmt) => match self.ast().stmt(stmt).kind {
                        go_syntax::StmtKind::Assign { lhs, .. } => {
                            self.ast().list(lhs).iter().any(|to| is_it(*to))
                        }
                        go_syntax::StmtKind::IncDec { x, .. } => is_it(x),
                        _ => false,
                    },
                    Node::Expr(expr) => match self.ast().expr(expr).kind {
                        ExprKind::Unary {
                            op: go_syntax::UnaryOp::And,
                            x,
                        } => is_it(x),
                        _ => false,
                    },
                    _ => false,
                };
                !assigned
            });
        }
        assigned
    }

    /// The block of a method value, as far as known; `None` if the selector is none.
    #[expect(
        clippy::option_option,
        reason = "no method value, or a size that may not be known"
    )]
    pub(super) fn method_value(&self, selector: ExprId) -> Option<Option<i64>> {
        let typed = self.typed.as_ref()?;
        let selection = typed.info.selection(selector)?;
        if selection.kind != SelectionKind::Method {
            return None;
        }
        let sizes = typed.package.sizes;
        let store = &mut *typed.package.store.borrow_mut();
        let recv = if store.has_ptr_recv(selection.obj) {
            Some(sizes.word)
        } else {
            let (base, _) = store.deref(selection.recv);
            sizes.size(store, base).ok()
        };
        Some(recv.and_then(|recv| block(sizes.word + recv, true, sizes)))
    }
}
