//! What the check of a package finds out about its syntax: types and values of expressions, meanings of
//! identifiers, selections, instances, scopes.

use base::Idx;
use go_syntax::{ExprId, ExprKind, File, Node};
use rustc_hash::FxHashMap;

use crate::constant::Value;
use crate::operand::{Mode, Operand};
use crate::{
    Checker, ObjId, ObjKind, Object, ScopeId, Signature, Store, TypeId, TypeKind, TypeList,
    ValueId, VarKind,
};

/// What a check records, file by file in the order of the package's files.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// In the order of the package's files.
    pub files: Vec<FileInfo>,
    /// Package-level variables in the order of their initialization.
    pub init_order: Vec<Initializer>,
}

/// What is known about one file's nodes.
#[derive(Clone, Debug, Default)]
pub struct FileInfo {
    /// By [`ExprId`].
    pub(crate) types: Vec<Entry>,
    pub(crate) defs: Vec<Slot>,
    pub(crate) uses: Vec<Slot>,
    pub(crate) selections: FxHashMap<ExprId, Selection>,
    pub(crate) instances: FxHashMap<ExprId, Instantiation>,
    pub(crate) implicits: FxHashMap<Node, ObjId>,
    pub(crate) scopes: FxHashMap<Node, ScopeId>,
    pub(crate) lit_paths: FxHashMap<ExprId, Box<[u32]>>,
    pub(crate) file_scope: Option<ScopeId>,
}

/// Type, mode and value of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeAndValue {
    /// Whether it is a value, a type, a constant, …
    pub mode: Mode,
    /// Type of the expression, or of the instance.
    pub typ: TypeId,
    /// Of a constant.
    pub value: Option<ValueId>,
}

/// `x.f`, unless a qualified identifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    /// Field, method or method expression.
    pub kind: SelectionKind,
    /// Type of `x`.
    pub recv: TypeId,
    /// The field or method; of an instance its own.
    pub obj: ObjId,
    /// Fields on the way, then the field or method itself.
    pub index: Box<[u32]>,
    /// A pointer is followed on the way.
    pub indirect: bool,
}

/// What a selector that is not a qualified identifier stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    Field,
    Method,
    /// `T.f`
    MethodExpr,
}

/// An identifier of something generic, with its type arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instantiation {
    /// Given or inferred.
    pub targs: TypeList,
    /// Type of the expression, or of the instance.
    pub typ: TypeId,
}

/// `lhs = rhs` of package level, in the order of execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Initializer {
    /// Index of the file.
    pub file: usize,
    /// Several for `a, b = f()`.
    pub lhs: Vec<ObjId>,
    /// In the file.
    pub rhs: ExprId,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// `None`: nothing recorded.
    mode: Option<Mode>,
    /// May still get a type from its context.
    untyped: bool,
    /// Left operand of a shift whose type is not known yet: must become an integer.
    is_lhs: bool,
    typ: TypeId,
    value: Option<ValueId>,
}

/// An object, none, or (of definitions) a name that stands for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot(u32);

impl Slot {
    const EMPTY: Slot = Slot(u32::MAX);
    const NO_OBJECT: Slot = Slot(u32::MAX - 1);

    fn of(obj: Option<ObjId>) -> Slot {
        obj.map_or(Slot::NO_OBJECT, |obj| Slot(obj.index() as u32))
    }

    fn get(self) -> Option<ObjId> {
        let known = self != Slot::EMPTY && self != Slot::NO_OBJECT;
        known.then(|| ObjId::from_index(self.0 as usize))
    }
}

/// What a defining identifier declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Def {
    Object(ObjId),
    /// Nothing: the package clause, the name in the guard of a type switch, `_` left of `=`.
    None,
}

impl Info {
    pub(crate) fn new(files: &[&File]) -> Self {
        Self {
            files: (files.iter())
                .map(|file| FileInfo::of_size(file.ast.n_exprs()))
                .collect(),
            init_order: Vec::new(),
        }
    }
}

impl FileInfo {
    /// Nothing yet, of a file with so many expressions.
    pub(crate) fn of_size(n_exprs: usize) -> Self {
        let entry = Entry {
            mode: None,
            untyped: false,
            is_lhs: false,
            typ: TypeId::INVALID,
            value: None,
        };
        Self {
            types: vec![entry; n_exprs],
            defs: vec![Slot::EMPTY; n_exprs],
            uses: vec![Slot::EMPTY; n_exprs],
            ..Self::default()
        }
    }

    /// The scope of the file and those of its nodes, in no particular order.
    pub(crate) fn all_scopes(&self) -> impl Iterator<Item = ScopeId> {
        self.file_scope
            .into_iter()
            .chain(self.scopes.values().copied())
    }

    /// Type, mode and value; `None` for what is not an expression or type, or could not be typed.
    pub fn type_of(&self, expr: ExprId) -> Option<TypeAndValue> {
        let entry = self.types.get(expr.index())?;
        Some(TypeAndValue {
            mode: entry.mode?,
            typ: entry.typ,
            value: entry.value,
        })
    }

    /// The object a defining identifier declares; `None` if it is no such identifier.
    pub fn def(&self, ident: ExprId) -> Option<Def> {
        let slot = *self.defs.get(ident.index())?;
        match slot.get() {
            Some(obj) => Some(Def::Object(obj)),
            None => (slot == Slot::NO_OBJECT).then_some(Def::None),
        }
    }

    /// The object an identifier uses.
    pub fn use_of(&self, ident: ExprId) -> Option<ObjId> {
        self.uses.get(ident.index())?.get()
    }

    /// Fields from the outside in that a key of a struct literal leads through.
    pub fn lit_path(&self, key: ExprId) -> Option<&[u32]> {
        self.lit_paths.get(&key).map(|path| &**path)
    }

    /// What a selector selects; `None` for qualified identifiers.
    pub fn selection(&self, selector: ExprId) -> Option<&Selection> {
        self.selections.get(&selector)
    }

    /// The instance that an identifier of something generic stands for.
    pub fn instance(&self, ident: ExprId) -> Option<Instantiation> {
        self.instances.get(&ident).copied()
    }

    /// The object an import without name, a clause of a type switch or an unnamed parameter declares.
    pub fn implicit(&self, node: impl Into<Node>) -> Option<ObjId> {
        self.implicits.get(&node.into()).copied()
    }

    /// The scope a function type, statement or clause opens.
    pub fn scope(&self, node: impl Into<Node>) -> Option<ScopeId> {
        self.scopes.get(&node.into()).copied()
    }
}

impl Store {
    /// Keeps a constant's value.
    pub fn new_value(&mut self, value: Value) -> ValueId {
        self.values.push(value)
    }

    /// A constant's value.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id]
    }
}

/// An untyped expression whose type may still change.
#[derive(Clone, Debug)]
pub(crate) struct Untyped {
    pub(crate) mode: Mode,
    pub(crate) is_lhs: bool,
    pub(crate) typ: TypeId,
    pub(crate) value: Option<ValueId>,
}

impl Checker<'_> {
    fn file_info(&mut self) -> &mut FileInfo {
        &mut self.info.files[self.env.file]
    }

    /// Records an operand for its expression; untyped ones may change later.
    pub(crate) fn record(&mut self, x: &Operand) {
        let Some(expr) = x.expr else { return };
        let (typ, value) = match x.mode {
            Mode::Invalid => return,
            Mode::NoValue => (self.empty_tuple, None),
            Mode::Const => (x.typ, Some(x.val.clone())),
            _ => (x.typ, None),
        };
        self.record_type_and_value(expr, x.mode, typ, value);
        if self.store.is_untyped(typ) {
            self.file_info().types[expr.index()].untyped = true;
        }
    }

    pub(crate) fn record_type_and_value(
        &mut self,
        expr: ExprId,
        mode: Mode,
        typ: TypeId,
        value: Option<Value>,
    ) {
        if mode == Mode::Invalid {
            return;
        }
        let known = self.info.files[self.env.file].types[expr.index()].value;
        let value = value.map(|value| match (known, &value) {
            // Recorded once more with its final type.
            (Some(known), Value::Int(new))
                if matches!(self.store.value(known), Value::Int(old) if old == new) =>
            {
                known
            }
            _ => self.store.new_value(value),
        });
        self.file_info().types[expr.index()] = Entry {
            mode: Some(mode),
            untyped: false,
            is_lhs: false,
            typ,
            value,
        };
    }

    pub(crate) fn record_type(&mut self, expr: ExprId, typ: TypeId) {
        self.record_type_and_value(expr, Mode::Type, typ, None);
    }

    pub(crate) fn untyped(&self, expr: ExprId) -> Option<Untyped> {
        let entry = self.info.files[self.env.file].types[expr.index()];
        let mode = entry.mode.filter(|_| entry.untyped)?;
        Some(Untyped {
            mode,
            is_lhs: entry.is_lhs,
            typ: entry.typ,
            value: entry.value,
        })
    }

    /// Changes the type of an untyped expression to another untyped one.
    pub(crate) fn set_untyped_type(&mut self, expr: ExprId, typ: TypeId) {
        self.file_info().types[expr.index()].typ = typ;
    }

    pub(crate) fn set_untyped_lhs(&mut self, expr: ExprId) {
        let entry = &mut self.file_info().types[expr.index()];
        entry.is_lhs |= entry.untyped;
    }

    /// The expression has its final type, or will not get one.
    pub(crate) fn forget_untyped(&mut self, expr: ExprId) {
        let entry = &mut self.file_info().types[expr.index()];
        entry.untyped = false;
        entry.mode = None;
    }

    pub(crate) fn update_expr_val(&mut self, expr: Option<ExprId>, value: &Value) {
        let Some(expr) = expr else { return };
        if self.untyped(expr).is_some() {
            let value = self.store.new_value(value.clone());
            self.file_info().types[expr.index()].value = Some(value);
        }
    }

    /// Records the signature of a builtin for the name in a call, through parentheses.
    pub(crate) fn record_builtin(&mut self, fun: ExprId, sig: TypeId) {
        let mut fun = fun;
        loop {
            self.record_type_and_value(fun, Mode::Builtin, sig, None);
            match self.ast().expr(fun).kind {
                ExprKind::Paren(inner) => fun = inner,
                _ => return,
            }
        }
    }

    /// Records the pair of types of a comma-ok expression used with two values.
    pub(crate) fn record_comma_ok(&mut self, expr: ExprId, types: [TypeId; 2]) {
        let pos = self.pos(self.range(expr).start);
        let vars = types.map(|typ| {
            let var = Object::var(VarKind::Local, pos, Some(self.pkg), crate::Name::EMPTY);
            self.store.new_obj(var.with_type(typ))
        });
        let tuple = self.store.tuple(&vars);
        let mut expr = expr;
        loop {
            self.file_info().types[expr.index()].typ = tuple;
            match self.ast().expr(expr).kind {
                ExprKind::Paren(inner) => expr = inner,
                _ => return,
            }
        }
    }

    pub(crate) fn record_def(&mut self, ident: ExprId, obj: Option<ObjId>) {
        self.file_info().defs[ident.index()] = Slot::of(obj);
    }

    pub(crate) fn record_use(&mut self, ident: ExprId, obj: ObjId) {
        self.file_info().uses[ident.index()] = Slot::of(Some(obj));
    }

    /// Only paths through embedded fields are kept.
    pub(crate) fn record_lit_path(&mut self, key: ExprId, path: &[u32]) {
        if path.len() > 1 {
            self.file_info().lit_paths.insert(key, path.into());
        }
    }

    pub(crate) fn record_implicit(&mut self, node: impl Into<Node>, obj: ObjId) {
        self.file_info().implicits.insert(node.into(), obj);
    }

    pub(crate) fn record_scope(&mut self, node: impl Into<Node>, scope: ScopeId) {
        self.file_info().scopes.insert(node.into(), scope);
    }

    pub(crate) fn record_selection(&mut self, selector: ExprId, selection: Selection) {
        if let ExprKind::Selector { sel, .. } = self.ast().expr(selector).kind {
            self.record_use(sel, selection.obj);
        }
        self.file_info().selections.insert(selector, selection);
    }

    /// Records the type arguments of a generic function or type at the identifier that names it.
    pub(crate) fn record_instance(&mut self, expr: ExprId, targs: &[TypeId], typ: TypeId) {
        let ast = self.ast();
        let named = match ast.expr(expr).kind {
            ExprKind::Index { x, .. } => x,
            _ => expr,
        };
        let (ident, selector) = match ast.expr(named).kind {
            ExprKind::Selector { sel, .. } => (sel, Some(named)),
            ExprKind::Ident(_) => (named, None),
            _ => return,
        };
        let mut typ = typ;
        if let Some(selector) = selector
            && let Some(SelectionKind::MethodExpr) =
                self.file_info().selection(selector).map(|s| s.kind)
            && let TypeKind::Signature(id) = self.store.kind(typ)
        {
            // Of a method expression the instance is that of the method, without the receiver.
            let sig = self.store.sig(id);
            let params = self.store.objs(sig.params).get(1..).unwrap_or(&[]).to_vec();
            let params = self.store.obj_list(&params);
            typ = self.store.signature(Signature { params, ..sig });
        }
        let targs = self.store.type_list(targs);
        self.file_info()
            .instances
            .insert(ident, Instantiation { targs, typ });
    }

    /// Whether the object is a variable that must be used: declared in a function, no parameter.
    pub(crate) fn is_local_var(&self, obj: ObjId) -> bool {
        matches!(
            self.store.obj(obj).kind,
            ObjKind::Var {
                kind: VarKind::Local,
                ..
            }
        )
    }
}
