//! Dictionaries: what a generic function, or all methods of a generic type, ask about types at a run.
//!
//! gc's writer numbers the words of a dictionary while it writes bodies, once for each generic function. So this walks
//! bodies as they are written, in gc's order, and counts what the writer counts: types of variables, both sides of
//! conversions, what is made, asserted or a map, instances and methods that depend on type parameters.
//!
//! Source: `writerDict`, `rtype`, `itab`, `funcInst`, `methodExpr` of cmd/compile/internal/noder/writer.go, go1.27.3.

mod identity;
mod stmts;

use std::sync::Arc;

use base::FileId;
use go_syntax::{BinaryOp as Token, ExprId, ExprKind, List};
use go_types::{
    Builtin, Mode, Name, ObjId, ObjKind, PkgId, Selection, SelectionKind, SubstMap, TypeId,
    TypeKind,
};
use rustc_hash::FxHashMap;

use super::Lowerer;
use crate::stencil::tparams;

pub(crate) use identity::Identity;
use identity::Origins;

/// A part of a dictionary, in the order in which they follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Section {
    /// Methods of type parameters.
    Method,
    /// Dictionaries of instances.
    Instance,
    Type,
    /// Tables of the methods with which a type implements an interface.
    Itab,
}

/// A generic function or type, and type arguments for it.
type Instance = (ObjId, Vec<Identity>);

/// The words of a dictionary.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    methods: Vec<(usize, Option<PkgId>, Name)>,
    instances: Vec<Instance>,
    types: Vec<Identity>,
    itabs: Vec<(Identity, Identity)>,
    /// By expression that asks for a word its number in its section.
    asked: FxHashMap<(Option<FileId>, ExprId, Section), usize>,
    /// By instance and by type the function that mentions it, whose type parameters are in it.
    mentioned_by: [Vec<ObjId>; 2],
}

impl Dictionary {
    pub(crate) fn len(&self) -> usize {
        self.methods.len() + self.instances.len() + self.types.len() + self.itabs.len()
    }

    /// The word that an expression asks for.
    pub(crate) fn word(
        &self,
        file: Option<FileId>,
        expr: ExprId,
        section: Section,
    ) -> Option<usize> {
        let number = self.asked.get(&(file, expr, section))?;
        let sections = [
            (Section::Method, self.methods.len()),
            (Section::Instance, self.instances.len()),
            (Section::Type, self.types.len()),
            (Section::Itab, self.itabs.len()),
        ];
        let before = sections.iter().take_while(|(it, _)| *it != section);
        Some(number + before.map(|(_, len)| len).sum::<usize>())
    }
}

/// The generic function or type whose dictionary a generic function or method uses.
pub(crate) fn owner(store: &go_types::Store, func: ObjId) -> ObjId {
    let signature = store.obj(func).typ.and_then(|typ| store.as_signature(typ));
    let recv = signature
        .filter(|it| it.tparams.is_empty())
        .and_then(|it| it.recv);
    let base = recv.map(|recv| store.deref(store.obj_type(recv)).0);
    let named = base.and_then(|base| store.as_named(base));
    named.map_or(func, |named| store.named(named).obj)
}

impl Lowerer<'_> {
    /// The dictionary that a generic function, method or type uses.
    pub(super) fn dictionary_of(&mut self, func: ObjId) -> Option<Arc<Dictionary>> {
        let owner = owner(self.store, func);
        if let Some(known) = self.instances.as_ref()?.dictionaries.get(&owner) {
            return Some(Arc::clone(known));
        }
        let mut funcs = vec![func];
        if self.store.obj(owner).kind == ObjKind::TypeName {
            let typ = self.store.obj(owner).typ?;
            let named = self.store.as_named(typ)?;
            funcs.clone_from(&self.store.named(named).methods);
            funcs.retain(|method| {
                let typ = self.store.obj(*method).typ;
                let signature = typ.and_then(|typ| self.store.as_signature(typ));
                signature.is_some_and(|it| it.tparams.is_empty())
            });
        }
        let around = (self.ast, self.info, self.file_id, self.env.take());
        let rewrites = std::mem::take(&mut self.rewrites);
        let mut walk = Walk {
            lowerer: self,
            dictionary: Dictionary::default(),
            origins: Origins::default(),
            literals: FxHashMap::default(),
            passed: Vec::new(),
            results: Vec::new(),
            func,
        };
        for func in funcs {
            walk.function(func);
        }
        let dictionary = Arc::new(walk.dictionary);
        self.rewrites = rewrites;
        (self.ast, self.info, self.file_id, self.env) = around;
        let instances = self.instances.as_mut()?;
        instances
            .dictionaries
            .insert(owner, Arc::clone(&dictionary));
        Some(dictionary)
    }
}

impl Lowerer<'_> {
    /// The types that the dictionary for the type arguments has words for, those of the dictionaries in it first.
    pub(super) fn types_in_dictionary(&mut self, of: ObjId, targs: &[TypeId]) -> Vec<TypeId> {
        let mut seen = Vec::new();
        let mut types = Vec::new();
        self.collect_types(of, targs, &mut seen, &mut types);
        types
    }

    fn collect_types(
        &mut self,
        of: ObjId,
        targs: &[TypeId],
        seen: &mut Vec<(ObjId, Vec<TypeId>)>,
        types: &mut Vec<TypeId>,
    ) {
        let of = owner(self.store, of);
        let targs: Vec<TypeId> = targs.iter().map(|targ| self.canonical(*targ)).collect();
        let key = (of, targs);
        if seen.contains(&key) || seen.len() > MAX_DICTIONARIES {
            return;
        }
        let Some(words) = self.dictionary_of(of) else {
            return;
        };
        seen.push(key.clone());
        let targs = key.1;
        for ((of, arguments), by) in words.instances.iter().zip(&words.mentioned_by[0]) {
            let arguments: Vec<TypeId> = (arguments.iter())
                .map(|argument| self.for_arguments(argument.typ, *by, &targs))
                .collect();
            self.collect_types(*of, &arguments, seen, types);
        }
        for (typ, by) in words.types.iter().zip(&words.mentioned_by[1]) {
            types.push(self.for_arguments(typ.typ, *by, &targs));
        }
    }

    /// The type that stands for all of its name.
    pub(super) fn canonical(&mut self, typ: TypeId) -> TypeId {
        match &mut self.instances {
            Some(instances) => instances.canonical(self.store, typ),
            None => typ,
        }
    }

    /// A type in terms of a function's type parameters, for these arguments.
    fn for_arguments(&mut self, typ: TypeId, by: ObjId, targs: &[TypeId]) -> TypeId {
        let (Some(tparams), Some(instances)) = (tparams(self.store, by), &mut self.instances)
        else {
            return typ;
        };
        let context = instances.context(self.store);
        let map = SubstMap::new(&tparams, targs);
        self.store.subst(typ, &map, context)
    }
}

/// Dictionaries in one that are looked at.
const MAX_DICTIONARIES: usize = 1_000;

/// Walks the functions of a dictionary.
struct Walk<'l, 'a> {
    lowerer: &'l mut Lowerer<'a>,
    dictionary: Dictionary,
    origins: Origins,
    /// Types of composite literals without.
    literals: FxHashMap<(Option<FileId>, ExprId), Identity>,
    /// Arguments of the call whose function is looked at.
    passed: Vec<Identity>,
    /// Results of the functions around.
    results: Vec<Vec<ObjId>>,
    func: ObjId,
}

/// Where the word is in its section, at the end if it is new.
fn number_of<T: PartialEq>(section: &mut Vec<T>, word: T) -> usize {
    let known = section.iter().position(|it| *it == word);
    known.unwrap_or_else(|| {
        section.push(word);
        section.len() - 1
    })
}

/// What is asked for.
impl Walk<'_, '_> {
    fn ask(&mut self, at: Option<ExprId>, section: Section, number: usize) {
        if let Some(expr) = at {
            let key = (self.lowerer.file_id, expr, section);
            self.dictionary.asked.entry(key).or_insert(number);
        }
    }

    fn is_derived(&mut self, typ: TypeId) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        super::mentions_parameter(self.lowerer.store, typ, &mut seen)
    }

    fn typ(&mut self, typ: Identity, at: Option<ExprId>) {
        if !self.is_derived(typ.typ) {
            return;
        }
        let number = number_of(&mut self.dictionary.types, typ);
        let by = &mut self.dictionary.mentioned_by[1];
        by.resize(self.dictionary.types.len(), self.func);
        self.ask(at, Section::Type, number);
    }

    /// A type and an interface, or both sides of a conversion.
    fn itab(&mut self, typ: Identity, iface: Identity, at: Option<ExprId>) {
        let typ = self.default(typ);
        let iface = self.default(iface);
        self.typ(typ, at);
        self.typ(iface, None);
        if !self.is_derived(typ.typ) && !self.is_derived(iface.typ) {
            return;
        }
        let number = number_of(&mut self.dictionary.itabs, (typ, iface));
        self.ask(at, Section::Itab, number);
    }

    fn default(&mut self, identity: Identity) -> Identity {
        let typ = self.lowerer.store.default_type(identity.typ);
        if typ == identity.typ {
            identity
        } else {
            Identity::own(typ)
        }
    }

    fn instance(&mut self, of: ObjId, arguments: Vec<Identity>, at: ExprId) {
        let mut derived = false;
        for argument in &arguments {
            derived |= self.is_derived(argument.typ);
        }
        if !derived {
            return;
        }
        let number = number_of(&mut self.dictionary.instances, (of, arguments));
        let by = &mut self.dictionary.mentioned_by[0];
        by.resize(self.dictionary.instances.len(), self.func);
        self.ask(Some(at), Section::Instance, number);
    }

    /// A variable comes into being.
    fn declared(&mut self, obj: ObjId) {
        let typ = self.of_variable(obj);
        self.typ(typ, None);
    }

    fn converted(&mut self, src: Identity, dst: Option<Identity>) {
        if let Some(dst) = dst
            && !self.lowerer.store.identical(src.typ, dst.typ)
        {
            self.itab(src, dst, None);
        }
    }

    /// A value that is converted where its type is another.
    fn implicit(&mut self, dst: Option<Identity>, expr: ExprId) {
        if !self.lowerer.is_nil(expr) {
            let src = self.of_value(expr);
            self.converted(src, dst);
        }
        self.expr(expr);
    }

    /// A type that a value is asked for at a run.
    fn asserted(&mut self, iface: Option<Identity>, ty: ExprId) {
        let typ = self.of_type(ty);
        match iface {
            Some(iface) if !self.lowerer.is_empty_interface(iface.typ) => {
                self.itab(typ, iface, Some(ty));
            }
            _ => self.typ(typ, Some(ty)),
        }
    }
}

/// Expressions.
impl Walk<'_, '_> {
    fn expr(&mut self, expr: ExprId) {
        let ast = self.lowerer.ast();
        let expr = ast.unparen(self.lowerer.rest(expr));
        let expr = ast.unparen(self.lowerer.rest(expr));
        let known = self.lowerer.info().type_of(expr);
        if known.is_some_and(|known| known.value.is_some()) || self.lowerer.is_nil(expr) {
            return;
        }
        if let Some(obj) = self.lowerer.object(expr) {
            self.passed.clear();
            self.function_instance(expr, obj);
            return;
        }
        match ast.expr(expr).kind {
            ExprKind::FuncLit { ty, body } => self.literal(expr, ty, body),
            ExprKind::CompositeLit { elems, .. } => self.composite(expr, elems),
            ExprKind::Selector { x, .. } => self.selector(expr, x),
            ExprKind::Index { x, indices } => self.index(expr, x, indices),
            ExprKind::Slice { x, lo, hi, max, .. } => {
                self.expr(x);
                [lo, hi, max]
                    .into_iter()
                    .flatten()
                    .for_each(|it| self.expr(it));
            }
            ExprKind::TypeAssert { x, ty: Some(ty) } => {
                let iface = self.of_value(x);
                self.expr(x);
                self.asserted(Some(iface), ty);
                self.typ(iface, Some(x));
            }
            ExprKind::Call { fun, args, spread } => {
                self.call(expr, fun, (ast.list(args), spread));
            }
            ExprKind::Star(x) | ExprKind::Unary { x, .. } => self.expr(x),
            ExprKind::Binary { op, x, y } => self.binary(op, x, y),
            _ => {}
        }
    }

    fn selector(&mut self, expr: ExprId, x: ExprId) {
        let Some(selection) = self.lowerer.info().selection(expr).cloned() else {
            return;
        };
        match selection.kind {
            SelectionKind::Field => self.expr(x),
            SelectionKind::Method => {
                self.expr(x);
                self.method(expr, &selection);
            }
            SelectionKind::MethodExpr => self.method(expr, &selection),
        }
    }

    /// A method that is selected: of a type parameter, or of an instance of a generic type.
    fn method(&mut self, at: ExprId, selection: &Selection) {
        let store = &mut *self.lowerer.store;
        if store.is_type_param(selection.recv) {
            let object = *store.obj(selection.obj);
            let params = tparams(store, self.func).unwrap_or_default();
            let index = params.iter().position(|it| *it == selection.recv);
            let exported = store.names.is_exported(object.name);
            let method = (
                index.unwrap_or(usize::MAX),
                object.pkg.filter(|_| !exported),
                object.name,
            );
            let number = number_of(&mut self.dictionary.methods, method);
            self.ask(Some(at), Section::Method, number);
            return;
        }
        let recv = store.as_signature(store.obj_type(selection.obj));
        let Some(recv) = recv.and_then(|signature| signature.recv) else {
            return;
        };
        let (base, _) = store.deref(store.obj_type(recv));
        if store.is_non_type_param_interface(base) {
            return;
        }
        let generic = match self.lowerer.ast().expr(at).kind {
            ExprKind::Selector { sel, .. } => self.lowerer.info().instance(sel),
            _ => None,
        };
        let of_type = self.arguments(base);
        if let Some(instance) = generic {
            // Of a method with type parameters of its own both are arguments.
            let mut arguments = of_type.map_or_else(Vec::new, |(_, arguments)| arguments);
            for targ in self.lowerer.store.types(instance.targs).to_vec() {
                arguments.push(Identity::own(targ));
            }
            let method = self.lowerer.store.origin_obj(selection.obj);
            self.instance(method, arguments, at);
        } else if let Some((of, arguments)) = of_type {
            self.instance(of, arguments, at);
        }
    }

    /// A function that a name stands for, if it is an instance.
    fn function_instance(&mut self, fun: ExprId, obj: ObjId) {
        let (_, ident) = self.lowerer.instantiated(fun);
        let Some(instance) = self.lowerer.info().instance(ident) else {
            return;
        };
        if !self.lowerer.store.obj(obj).is_func() {
            return;
        }
        let targs = self.lowerer.store.types(instance.targs).to_vec();
        let arguments = self.function_arguments(fun, obj, &targs);
        self.instance(obj, arguments, ident);
    }

    fn index(&mut self, expr: ExprId, x: ExprId, indices: List<ExprId>) {
        let ast = self.lowerer.ast();
        let index = match *ast.list(indices) {
            [index] if !self.lowerer.is_type(index) => index,
            _ => {
                if let Some(obj) = self.lowerer.object(x) {
                    self.passed.clear();
                    self.function_instance(expr, obj);
                } else if let ExprKind::Selector { x: of, .. } = ast.expr(ast.unparen(x)).kind {
                    self.selector(ast.unparen(x), of);
                }
                return;
            }
        };
        let of = self.of_value(x);
        let key = self.key(of);
        self.expr(x);
        self.implicit(key, index);
        if key.is_some() {
            self.typ(of, None);
        }
    }

    fn binary(&mut self, op: Token, x: ExprId, y: ExprId) {
        let shift = matches!(op, Token::Shl | Token::Shr);
        let (left, right) = (self.of_value(x), self.of_value(y));
        let common = match self.lowerer.common_type(x, y) {
            Ok(Some(common)) if !shift => Some(if common == left.typ { left } else { right }),
            _ => None,
        };
        self.implicit(common, x);
        self.implicit(common, y);
    }

    fn composite(&mut self, expr: ExprId, elems: List<ExprId>) {
        let ast = self.lowerer.ast();
        let whole = self.of_value(expr);
        let mut typ = whole;
        if let TypeKind::Pointer(_) = self.lowerer.core(whole.typ) {
            typ = self.elem(whole);
        }
        let elems = ast.list(elems);
        match self.lowerer.core(typ.typ) {
            TypeKind::Struct(strukt) => {
                let fields = self.lowerer.store.objs(strukt.fields).to_vec();
                for (index, elem) in elems.iter().enumerate() {
                    let (field, value) = match ast.expr(*elem).kind {
                        ExprKind::KeyValue { key, value } => {
                            let name = ast.name(key);
                            let name = self.lowerer.name_of(name.as_str());
                            let named = (fields.iter().copied())
                                .find(|field| self.lowerer.store.obj(*field).name == name);
                            (named.or_else(|| self.lowerer.object(key)), value)
                        }
                        _ => (fields.get(index).copied(), *elem),
                    };
                    let dst = field.map(|field| self.of_variable(field));
                    self.element_value(dst, value);
                }
            }
            TypeKind::Map { .. } => {
                self.typ(typ, None);
                let (key_type, elem_type) = (self.key(typ), self.elem(typ));
                for elem in elems {
                    if let ExprKind::KeyValue { key, value } = ast.expr(*elem).kind {
                        self.element_value(key_type, key);
                        self.element_value(Some(elem_type), value);
                    }
                }
            }
            _ => {
                let elem_type = self.elem(typ);
                for elem in elems {
                    let value = match ast.expr(*elem).kind {
                        ExprKind::KeyValue { key, value } => {
                            self.expr(key);
                            value
                        }
                        _ => *elem,
                    };
                    self.element_value(Some(elem_type), value);
                }
            }
        }
    }

    /// A value in a literal, which may be a literal without type.
    fn element_value(&mut self, dst: Option<Identity>, value: ExprId) {
        if let (ExprKind::CompositeLit { ty: None, .. }, Some(dst)) =
            (self.lowerer.ast().expr(value).kind, dst)
        {
            self.literals.insert((self.lowerer.file_id, value), dst);
        }
        self.implicit(dst, value);
    }

    fn call(&mut self, expr: ExprId, fun: ExprId, (args, spread): (&[ExprId], bool)) {
        if self.lowerer.is_type(fun) {
            let dst = self.of_type(fun);
            if let Some(arg) = args.first() {
                let src = self.of_value(*arg);
                self.itab(src, dst, None);
                self.expr(*arg);
            }
            return;
        }
        let mut made = None;
        if self.lowerer.mode(fun) == Some(Mode::Builtin) {
            let builtin = self.builtin(fun);
            let first = args.first().copied();
            match (builtin, first) {
                (Some(Builtin::Make), Some(ty)) => {
                    self.asserted(None, ty);
                    args[1..].iter().for_each(|arg| self.expr(*arg));
                    let typ = self.of_type(ty);
                    let typ = match self.lowerer.core(typ.typ) {
                        TypeKind::Slice(_) => self.elem(typ),
                        _ => typ,
                    };
                    self.typ(typ, None);
                    return;
                }
                (Some(Builtin::New), Some(arg)) => {
                    if self.lowerer.is_type(arg) {
                        self.asserted(None, arg);
                    } else {
                        self.expr(arg);
                    }
                    return;
                }
                (Some(Builtin::Sizeof | Builtin::Alignof | Builtin::Offsetof), _) => return,
                (Some(Builtin::Append | Builtin::Slice), _) => {
                    let typ = self.of_value(expr);
                    made = Some(self.elem(typ));
                }
                (Some(Builtin::Copy), Some(list)) => {
                    let typ = self.of_value(list);
                    made = Some(self.elem(typ));
                }
                (Some(Builtin::Delete), Some(map)) => made = Some(self.of_value(map)),
                _ => {}
            }
        }
        self.called(fun, args);
        self.arguments_of(fun, (args, spread));
        if let Some(made) = made {
            self.typ(made, None);
        }
    }

    /// The function of a call.
    fn called(&mut self, fun: ExprId, args: &[ExprId]) {
        let (named, _) = self.lowerer.instantiated(fun);
        if let Some(obj) = self.lowerer.object(named)
            && matches!(self.lowerer.store.obj(obj).kind, ObjKind::Func { .. })
        {
            self.passed = match args {
                [one] if self.is_several(*one) => self.of_several(*one),
                _ => args.iter().map(|arg| self.of_value(*arg)).collect(),
            };
            self.function_instance(fun, obj);
            return;
        }
        self.expr(fun);
    }

    fn arguments_of(&mut self, fun: ExprId, (args, spread): (&[ExprId], bool)) {
        let typ = self.lowerer.declared_type(fun).unwrap_or(TypeId::INVALID);
        let TypeKind::Signature(id) = self.lowerer.core(typ) else {
            for arg in args {
                self.expr(*arg);
            }
            return;
        };
        let signature = self.lowerer.store.sig(id);
        let params = self.lowerer.store.objs(signature.params).to_vec();
        let destination = |walk: &mut Self, index: usize| {
            let last = params.len().checked_sub(1)?;
            if signature.variadic && !spread && index >= last {
                let list = walk.of_variable(params[last]);
                return Some(walk.elem(list));
            }
            params.get(index).map(|param| walk.of_variable(*param))
        };
        self.values(args, &destination);
    }
}
