//! Instances of generic functions: their bodies, and calls of them.
//!
//! Source: `funcInst`, `methodExpr`, `callShaped` and `readBodies` of cmd/compile/internal/noder, go1.27.3.

use std::sync::Arc;

use go_syntax::{ExprId, ExprKind, FuncDecl};
use go_types::constant::Value;
use go_types::{
    Instantiation, ObjId, Object, PkgId, Selection, SelectionKind, Signature, Sizes, SubstMap,
    TypeId, TypeKind, TypeList,
};
use rustc_hash::FxHashMap;

use super::dictionary::{Dictionary, Section};
use super::{Lowered, Lowerer, Source};
use crate::func::{Class, Func, FuncId, Package, Stencil, VarId, Wrapper, is_method_of_instance};
use crate::node::{ConvOp, Kind, NodeId};
use crate::stencil::{DICTIONARY, has_shape, tparams, unshaped};

/// A body to lower.
pub(super) enum Todo {
    /// Of a declared function in a file of the package.
    Body(usize, FuncDecl, FuncId),
    Instance(ObjId),
}

/// The instance whose body is lowered.
pub(super) struct Env {
    map: SubstMap,
    /// Types in terms of type parameters, and what they are here.
    types: FxHashMap<TypeId, TypeId>,
    /// The parameter that is its dictionary.
    dictionary: Option<ObjId>,
    /// What the words of the dictionary are.
    words: Option<Arc<Dictionary>>,
    /// The package of its generic function, if it is another.
    foreign: Option<PkgId>,
}

/// An instance that is used.
#[derive(Clone, Copy)]
pub(super) struct Used {
    pub(super) func: ObjId,
    /// Its types depend on type parameters of the function around, so that the dictionary of that one tells its own.
    pub(super) derived: bool,
    /// Its dictionary, if it is known when it is compiled.
    pub(super) dictionary: Option<ObjId>,
}

impl<'a> Lowerer<'a> {
    /// The type with what type parameters are here.
    pub(super) fn subst(&mut self, typ: TypeId) -> TypeId {
        let Some(env) = &mut self.env else {
            return typ;
        };
        if let Some(known) = env.types.get(&typ) {
            return *known;
        }
        let Some(instances) = &mut self.instances else {
            return typ;
        };
        let context = instances.context(self.store);
        let found = self.store.subst(typ, &env.map, context);
        env.types.insert(typ, found);
        found
    }

    pub(super) fn foreign(&self) -> Option<PkgId> {
        self.env.as_ref().and_then(|env| env.foreign)
    }

    /// Whether gc takes the types for identical: a shape is what it is of.
    pub(super) fn is_same(&mut self, x: TypeId, y: TypeId) -> bool {
        if self.store.identical(x, y) {
            return true;
        }
        if self.env.is_none() {
            return false;
        }
        let (from, to) = (unshaped(self.store, x), unshaped(self.store, y));
        (from != x || to != y) && self.store.identical(from, to)
    }

    /// Whether the type depends on type parameters of the function that is lowered.
    pub(super) fn is_derived(&mut self, typ: TypeId) -> bool {
        self.env.is_some() && self.subst(typ) != typ && {
            let mut seen = rustc_hash::FxHashSet::default();
            mentions_parameter(self.store, typ, &mut seen)
        }
    }

    /// The word of the dictionary that tells the type at a run; `None` if it does not depend on type parameters.
    pub(super) fn dynamic_type(&mut self, typ: ExprId) -> Lowered<Option<NodeId>> {
        let declared = self.declared_type(typ)?;
        if !self.is_derived(declared) {
            return Ok(None);
        }
        let offset = self.ast().expr(typ).pos;
        let found = self.subst(declared);
        let itab = (!self.is_interface(found))
            .then(|| self.word(typ, Section::Itab))
            .filter(|word| *word != Package::UNKNOWN_WORD);
        let word = itab.unwrap_or_else(|| self.word(typ, Section::Type));
        self.type_word(word, offset).map(Some)
    }

    /// A word of the dictionary that is a type or a table of methods.
    fn type_word(&mut self, word: i64, offset: u32) -> Lowered<NodeId> {
        let x = self.dictionary_word(word, offset)?;
        let byte = self.store.pointer(TypeId::basic(go_types::Basic::Uint8));
        let kind = Kind::Conv {
            op: ConvOp::Nop,
            x,
            implicit: false,
        };
        Ok(self.node(kind, byte, offset))
    }

    /// Which word of the dictionary the expression asks for.
    fn word(&self, expr: ExprId, section: Section) -> i64 {
        let words = self.env.as_ref().and_then(|env| env.words.as_ref());
        let word = words.and_then(|words| words.word(self.file_id, expr, section));
        let word = word.and_then(|word| i64::try_from(word).ok());
        word.unwrap_or(Package::UNKNOWN_WORD)
    }

    /// What tells the types of an assertion at a run: nothing if they do not depend on type parameters.
    pub(super) fn assertion_words(&mut self, x: ExprId, typ: ExprId) -> Lowered<crate::Nodes> {
        let Some(word) = self.dynamic_type(typ)? else {
            return Ok(crate::Nodes::EMPTY);
        };
        let declared = self.declared_type(x)?;
        let offset = self.ast().expr(x).pos;
        let from = if self.is_derived(declared) {
            let word = self.word(x, Section::Type);
            self.type_word(word, offset)?
        } else {
            self.node(Kind::Dict(None), TypeId::UINTPTR, offset)
        };
        Ok(self.out.add_list(&[from, word]))
    }

    /// A type as operand.
    pub(super) fn type_node(&mut self, expr: ExprId, typ: TypeId) -> Lowered<NodeId> {
        let offset = self.ast().expr(expr).pos;
        let kind = match self.dynamic_type(expr)? {
            Some(word) => Kind::DynamicType(word),
            None => Kind::Type,
        };
        Ok(self.node(kind, typ, offset))
    }

    /// Lowers what is to lower.
    pub(super) fn pending(&mut self, source: &'a Source<'a>) {
        self.reach_shapes();
        while let Some(todo) = self.todo.pop() {
            match todo {
                Todo::Body(number, decl, func) => {
                    self.enter_file(source, number);
                    self.function_body(&decl, func);
                    self.reach_nodes(None);
                }
                Todo::Instance(obj) => {
                    self.instance(obj, Stencil::Instance);
                    let method_of = self.receiver_type(obj);
                    self.reach_nodes(method_of);
                }
            }
        }
    }

    /// The type that a method is of.
    fn receiver_type(&self, method: ObjId) -> Option<TypeId> {
        let signature = self.store.as_signature(self.store.obj_type(method))?;
        let recv = self.store.obj_type(signature.recv?);
        Some(self.store.deref(recv).0)
    }

    /// Lowers an instance, and those that it needs, which are not there yet.
    pub(super) fn silent_instances(&mut self, instance: ObjId) {
        for func in &self.out.funcs {
            self.reach.instances.extend(func.obj);
        }
        self.reach.silent = true;
        self.need(instance);
        while let Some(todo) = self.todo.pop() {
            if let Todo::Instance(obj) = todo {
                self.instance(obj, Stencil::Silent);
            }
        }
    }

    /// Notes that the package needs the instance.
    pub(super) fn need(&mut self, instance: ObjId) {
        if self.reach.silent {
            if self.reach.instances.insert(instance) {
                self.todo.push(Todo::Instance(instance));
            }
            return;
        }
        self.reach_new_nodes();
        self.reach_instance(instance);
    }

    /// Lowers the body of an instance.
    fn instance(&mut self, obj: ObjId, stencil: Stencil) {
        let Some(mut instance) = (self.instances.as_ref())
            .and_then(|all| all.of.get(&obj))
            .cloned()
        else {
            return;
        };
        let Some(declared) = self.declared.get(&instance.origin).copied() else {
            return;
        };
        let kept = &self.kept[declared.source];
        self.ast = &kept.files[declared.file].ast;
        self.info = &kept.info.files[declared.file];
        self.file_id = kept.file_ids.get(declared.file).copied();
        let foreign = (kept.pkg != self.pkg).then_some(kept.pkg);
        let words = self.dictionary_of(instance.origin);
        let mut typ = self.store.obj_type(obj);
        if instance.shaped.is_none() {
            typ = self.with_dictionary(typ, words.as_ref().map_or(0, |words| words.len()));
        } else if let (Some(targs), Some(instances)) =
            (self.written.get(&obj), self.instances.as_mut())
        {
            let written = instances.type_as_written(self.store, instance.origin, targs);
            typ = written.unwrap_or(typ);
            instance.targs.clone_from(targs);
        }
        let pos = self.pos(declared.pos);
        let func = self.out.funcs.push(Func {
            obj: Some(obj),
            pragmas: declared.decl.pragmas,
            wrapper: match instance.shaped {
                Some(_) => Wrapper::Yes,
                None => Wrapper::No,
            },
            owner: foreign,
            stencil,
            ..Func::new(instance.name.clone(), typ, pos)
        });
        let Some(tparams) = tparams(self.store, instance.origin) else {
            return;
        };
        let signature = self.store.as_signature(typ).unwrap_or_default();
        let dictionary = match instance.shaped {
            None => self.store.objs(signature.params).first().copied(),
            Some(_) => None,
        };
        self.env = Some(Env {
            map: SubstMap::new(&tparams, &instance.targs),
            types: FxHashMap::default(),
            dictionary,
            words,
            foreign,
        });
        let declared_type = self.store.obj_type(instance.origin);
        let body = declared.decl.body.filter(|_| instance.shaped.is_none());
        self.enter_body(func, declared_type, body);
        match (instance.shaped, declared.decl.body) {
            (Some(shaped), _) => self.calls_shaped(func, shaped, declared.pos),
            (None, Some(body)) => self.out.funcs[func].body = self.body(body),
            (None, None) => self.out.funcs[func].has_body = false,
        }
        self.leave_body();
        self.env = None;
    }

    /// The body of a function that passes a dictionary.
    fn calls_shaped(&mut self, func: FuncId, shaped: ObjId, offset: u32) {
        let signature = (self.store)
            .as_signature(self.store.obj_type(shaped))
            .unwrap_or_default();
        let (recv, params) = {
            let func = &self.out.funcs[func];
            (func.recv, func.params.clone())
        };
        let mut args = Vec::new();
        let callee = if let Some(recv) = recv {
            args.push(self.var_node(recv, offset));
            let (receiver, typ) = self.method_types(shaped);
            self.method_expr(receiver, shaped, typ, offset)
        } else {
            let typ = self.store.obj_type(shaped);
            self.node(Kind::Func(shaped), typ, offset)
        };
        let obj = self.out.funcs[func].obj;
        let dictionary = obj.and_then(|obj| self.dictionary_object(obj));
        args.push(self.node(Kind::Dict(dictionary), TypeId::UINTPTR, offset));
        for param in params {
            args.push(self.var_node(param, offset));
        }
        self.need(shaped);
        self.tail_call(func, callee, &args, signature, offset);
    }

    /// The parameter that is the dictionary, between the receiver and the others.
    pub(super) fn dictionary_parameter(&mut self, func: FuncId) {
        let Some(dictionary) = self.env.as_ref().and_then(|env| env.dictionary) else {
            return;
        };
        if self.out.funcs[func].parent.is_some() {
            return;
        }
        let typ = self.store.obj_type(dictionary);
        let pos = self.out.funcs[func].pos;
        let var = self.variable(DICTIONARY.to_owned(), typ, pos, Class::Param);
        self.bind(dictionary, var);
        self.out.funcs[func].params.push(var);
    }

    /// A closure in an instance captures its dictionary, last.
    pub(super) fn capture_dictionary(&mut self, func: FuncId, offset: u32) {
        let Some(dictionary) = self.env.as_ref().and_then(|env| env.dictionary) else {
            return;
        };
        let Ok(var) = self.local(dictionary, offset) else {
            return;
        };
        let declared = self.out.canonical(var);
        self.out.vars[var].pos = self.out.vars[declared].pos;
        let captured: &mut Vec<VarId> = &mut self.out.funcs[func].captured;
        captured.retain(|it| *it != var);
        captured.push(var);
    }

    /// A word of the dictionary of the function that is lowered.
    pub(super) fn dictionary_word(&mut self, word: i64, offset: u32) -> Lowered<NodeId> {
        let dictionary = self.env.as_ref().and_then(|env| env.dictionary);
        let dictionary = dictionary.ok_or("a function without dictionary")?;
        let var = self.local(dictionary, offset)?;
        let x = self.var_node(var, offset);
        let typ = self.store.array(TypeId::UINTPTR, 0);
        let x = self.node(Kind::Deref { x, implicit: true }, typ, offset);
        let literal = self.out.add_literal(Value::Int(word));
        let index = self.node(Kind::Literal(literal), TypeId::INT, offset);
        Ok(self.node(Kind::Index { x, index }, TypeId::UINTPTR, offset))
    }

    /// The dictionary of an instance that is called, as the expression asks for it.
    pub(super) fn dictionary(&mut self, used: Used, expr: ExprId, offset: u32) -> Lowered<NodeId> {
        if !used.derived {
            let kind = Kind::Dict(used.dictionary);
            return Ok(self.node(kind, TypeId::UINTPTR, offset));
        }
        let word = self.word(expr, Section::Instance);
        let x = self.dictionary_word(word, offset)?;
        let instance = self
            .instances
            .as_ref()
            .and_then(|all| all.of.get(&used.func));
        let origin = instance.map(|instance| instance.origin);
        let words = origin.and_then(|origin| self.dictionary_of(origin));
        let typ = self.dictionary_type(words.map_or(0, |words| words.len()));
        let kind = Kind::Conv {
            op: ConvOp::Nop,
            x,
            implicit: false,
        };
        Ok(self.node(kind, typ, offset))
    }

    /// A dictionary of so many words, as it is passed.
    fn dictionary_type(&mut self, words: usize) -> TypeId {
        let words = i64::try_from(words).unwrap_or_default();
        let array = self.store.array(TypeId::UINTPTR, words);
        self.store.pointer(array)
    }

    /// The type of an instance with the size of its dictionary.
    fn with_dictionary(&mut self, typ: TypeId, words: usize) -> TypeId {
        let Some(signature) = self.store.as_signature(typ) else {
            return typ;
        };
        let mut params = self.store.objs(signature.params).to_vec();
        let dictionary = self.dictionary_type(words);
        if let Some(first) = params.first_mut() {
            let object = Object {
                typ: Some(dictionary),
                ..*self.store.obj(*first)
            };
            *first = self.store.new_obj(object);
        }
        let params = self.store.obj_list(&params);
        self.store.signature(Signature {
            params,
            ..signature
        })
    }

    /// What stands for the dictionary of an instance that is not one of shapes.
    fn dictionary_object(&mut self, instance: ObjId) -> Option<ObjId> {
        let instances = self.instances.as_mut()?;
        let dictionary = instances.dictionary_object(self.store, instance)?;
        if !self.reach.silent && !self.out.dictionaries.contains_key(&dictionary) {
            let instance = instances.of.get(&instance)?;
            let (origin, targs) = (instance.origin, instance.targs.clone());
            let types = self.types_in_dictionary(origin, &targs);
            for typ in &types {
                self.reach_type(*typ);
            }
            self.out.dictionaries.insert(dictionary, types);
        }
        Some(dictionary)
    }

    /// The type of the receiver, and that of the method as a function.
    pub(super) fn method_types(&self, func: ObjId) -> (TypeId, TypeId) {
        let typ = self.store.obj_type(func);
        let recv = self
            .store
            .as_signature(typ)
            .and_then(|signature| signature.recv);
        let recv = recv.map_or(TypeId::INVALID, |recv| self.store.obj_type(recv));
        (recv, typ)
    }

    /// The instance that type arguments make, of a function or of a method of a generic type; `None` if it is not modelled.
    fn used(
        &mut self,
        origin: ObjId,
        (targs, derived): (&[TypeId], bool),
        called: bool,
    ) -> Option<Used> {
        if !self.declared.contains_key(&origin) {
            return None;
        }
        let instances = self.instances.as_mut()?;
        let shaped = targs.iter().any(|targ| has_shape(self.store, *targ));
        if derived || shaped {
            if !called && !derived {
                return None;
            }
            let func = instances.shaped(self.store, origin, targs)?;
            self.need(func);
            return Some(Used {
                func,
                derived,
                dictionary: None,
            });
        }
        let concrete = instances.concrete(self.store, origin, targs)?;
        let shaped = instances.of.get(&concrete)?.shaped?;
        let written = self.written.entry(concrete);
        written.or_insert_with(|| targs.to_vec());
        // Of a method with type parameters of its own there is only the one of shapes.
        let signature = self.store.as_signature(self.store.obj_type(origin));
        let generic = signature.is_some_and(|it| it.recv.is_some() && !it.tparams.is_empty());
        if generic && !called {
            return None;
        }
        if !generic {
            self.need(concrete);
        }
        self.need(shaped);
        let func = if called { shaped } else { concrete };
        Some(Used {
            func,
            derived,
            dictionary: self.dictionary_object(concrete),
        })
    }

    /// The instance that an identifier is, with its arguments here.
    fn used_function(
        &mut self,
        obj: ObjId,
        targs: TypeList,
        called: bool,
    ) -> Lowered<Option<Used>> {
        if self.instances.is_none() {
            return Ok(None);
        }
        let declared = self.store.types(targs).to_vec();
        let derived = declared.iter().any(|targ| self.is_derived(*targ));
        let targs: Vec<TypeId> = declared.into_iter().map(|targ| self.subst(targ)).collect();
        let used = self.used(obj, (&targs, derived), called);
        if used.is_none() && self.env.is_some() {
            return Err("an instance that is not modelled");
        }
        Ok(used)
    }

    /// An instance of a function, as a value.
    pub(super) fn instance_value(
        &mut self,
        (ident, obj): (ExprId, ObjId),
        instance: Instantiation,
        offset: u32,
    ) -> Lowered<NodeId> {
        let typ = self.subst(instance.typ);
        if let Some(used) = self.used_function(obj, instance.targs, false)? {
            if used.derived {
                let typ = self.store.obj_type(used.func);
                let fun = self.node(Kind::Func(used.func), typ, offset);
                let dictionary = self.dictionary(used, ident, offset)?;
                return self.curried(fun, &[dictionary], offset);
            }
            return Ok(self.node(Kind::Func(used.func), typ, offset));
        }
        let node = self.node(Kind::Inst(obj), instance.typ, offset);
        self.mention_generic(node, obj);
        Ok(node)
    }

    /// The function of shapes that a call of an instance calls, and its dictionary.
    pub(super) fn called_instance(
        &mut self,
        fun: ExprId,
    ) -> Lowered<Option<(NodeId, Vec<NodeId>)>> {
        let (named, ident) = self.instantiated(fun);
        let Some(obj) = self.object(named) else {
            return Ok(None);
        };
        let Some(instance) = self.info().instance(ident) else {
            return Ok(None);
        };
        if !self.store.obj(obj).is_func() {
            return Ok(None);
        }
        let Some(used) = self.used_function(obj, instance.targs, true)? else {
            return Ok(None);
        };
        let offset = self.ast().expr(fun).pos;
        let typ = self.store.obj_type(used.func);
        let callee = self.node(Kind::Func(used.func), typ, offset);
        let dictionary = self.dictionary(used, ident, offset)?;
        Ok(Some((callee, vec![dictionary])))
    }

    /// The instance of a method with type parameters of its own that is called, its receiver and its dictionary.
    pub(super) fn called_generic_method(
        &mut self,
        fun: ExprId,
    ) -> Lowered<Option<(NodeId, Vec<NodeId>)>> {
        let (selector, sel) = self.instantiated(fun);
        let ExprKind::Selector { x, .. } = self.ast().expr(selector).kind else {
            return Ok(None);
        };
        let (Some(selection), Some(instance)) = (
            self.info().selection(selector).cloned(),
            self.info().instance(sel),
        ) else {
            return Ok(None);
        };
        if selection.kind != SelectionKind::Method || self.instances.is_none() {
            return Ok(None);
        }
        let offset = self.ast().expr(selector).pos;
        let receiver = self.receiver(x, &selection, offset)?;
        let (base, _) = self.store.deref(self.out.typ(receiver));
        let of_type = self.store.as_named(base);
        let of_type = of_type.and_then(|named| self.store.named(named).instance);
        let mut targs = Vec::new();
        if let Some(instance) = of_type {
            targs.extend_from_slice(self.store.types(instance.targs));
        }
        let declared = self.store.obj(selection.obj).typ;
        let mut derived = declared.is_some_and(|typ| self.receiver_is_derived(typ));
        for targ in self.store.types(instance.targs).to_vec() {
            derived |= self.is_derived(targ);
            targs.push(self.subst(targ));
        }
        let origin = self.store.origin_obj(selection.obj);
        let used = self.used(origin, (&targs, derived), true);
        let used = used.ok_or("an instance that is not modelled")?;
        let dictionary = self.dictionary(used, selector, offset)?;
        let (recv, typ) = self.method_types(used.func);
        let callee = self.method_expr(recv, used.func, typ, offset);
        Ok(Some((callee, vec![receiver, dictionary])))
    }

    /// The instance that a selected method is, if it is one of an instance of a generic type; `recv` is what it is selected
    /// of, after embedded fields.
    pub(super) fn method_of_instance(
        &mut self,
        selection: &Selection,
        recv: TypeId,
        called: bool,
    ) -> Lowered<Option<Used>> {
        if self.instances.is_none() || !is_method_of_instance(self.store, selection.obj) {
            return Ok(None);
        }
        let (base, _) = self.store.deref(recv);
        let named = self
            .store
            .as_named(base)
            .map(|named| self.store.named(named));
        let targs = named
            .and_then(|named| named.instance)
            .map(|instance| instance.targs);
        let used = targs.and_then(|targs| {
            let targs = self.store.types(targs).to_vec();
            let origin = self.store.origin_obj(selection.obj);
            let declared = self.store.obj(selection.obj).typ;
            let derived = declared.is_some_and(|typ| self.receiver_is_derived(typ));
            self.used(origin, (&targs, derived), called)
        });
        if used.is_none() && self.env.is_some() {
            return Err("an instance that is not modelled");
        }
        Ok(used)
    }

    /// Whether the receiver of a method is of a type that depends on type parameters.
    fn receiver_is_derived(&mut self, method: TypeId) -> bool {
        let recv = self.store.as_signature(method).and_then(|it| it.recv);
        recv.is_some_and(|recv| {
            let typ = self.store.obj_type(recv);
            self.is_derived(typ)
        })
    }

    /// The call of a method of a value whose type is a type parameter: through the dictionary.
    pub(super) fn method_of_type_parameter(
        &mut self,
        fun: ExprId,
        x: ExprId,
        selection: &Selection,
    ) -> Lowered<Option<(NodeId, Vec<NodeId>)>> {
        if self.env.is_none() || !self.store.is_type_param(selection.recv) {
            return Ok(None);
        }
        let receiver = self.expr(x)?;
        let recv = self.out.typ(receiver);
        let callee = self.parameter_method(fun, Some((selection.obj, recv)))?;
        if self.is_interface(recv) && !self.reach.silent {
            self.out.imprecise.push(callee);
        }
        Ok(Some((callee, vec![receiver])))
    }

    /// A method of a type parameter as a function: a word of the dictionary. That of a value takes the receiver first.
    pub(super) fn parameter_method(
        &mut self,
        fun: ExprId,
        selected: Option<(ObjId, TypeId)>,
    ) -> Lowered<NodeId> {
        let offset = self.ast().expr(fun).pos;
        let word = self.word(fun, Section::Method);
        let x = self.dictionary_word(word, offset)?;
        let pointer = self.store.pointer(TypeId::UINTPTR);
        let x = self.node(Kind::Addr { x, implicit: false }, pointer, offset);
        let typ = self.typ(fun)?;
        let typ = match selected {
            Some((method, recv)) => self.with_receiver(typ, method, recv),
            None => typ,
        };
        let kind = Kind::Conv {
            op: ConvOp::Nop,
            x,
            implicit: false,
        };
        Ok(self.node(kind, typ, offset))
    }

    /// The type of a method as a function, which takes the receiver first.
    fn with_receiver(&mut self, method: TypeId, obj: ObjId, recv: TypeId) -> TypeId {
        let Some(signature) = self.store.as_signature(method) else {
            return method;
        };
        let first = self.store.new_obj(Object {
            typ: Some(recv),
            ..*self.store.obj(obj)
        });
        let mut params = vec![first];
        params.extend_from_slice(self.store.objs(signature.params));
        let params = self.store.obj_list(&params);
        self.store.signature(Signature {
            recv: None,
            params,
            ..signature
        })
    }

    /// `T(1)` of a type parameter, which is no constant.
    pub(super) fn constant_of_type_parameter(
        &mut self,
        typ: ExprId,
        operand: ExprId,
    ) -> Lowered<Option<NodeId>> {
        if self.env.is_none() {
            return Ok(None);
        }
        let declared = self.declared_type(typ)?;
        if !self.store.is_type_param(declared) {
            return Ok(None);
        }
        let Some(known) = self.info().type_of(operand) else {
            return Ok(None);
        };
        let Some(value) = known.value else {
            return Ok(None);
        };
        let value = self.store.value(value).clone();
        let dst = self.subst(declared);
        let number = |value: &Value| value.as_bytes().is_none() && value.as_bool().is_none();
        let fits = match self.store.under_kind(dst) {
            TypeKind::Basic(basic) => {
                let text = basic.canonical() == go_types::Basic::String;
                (text && value.as_bytes().is_some()) || (!text && number(&value))
            }
            _ => false,
        };
        if !fits {
            return Ok(None);
        }
        let offset = self.ast().expr(self.ast().unparen(operand)).pos;
        let x = self.constant(value, dst, offset);
        let kind = Kind::Conv {
            op: ConvOp::Nop,
            x,
            implicit: true,
        };
        Ok(Some(self.node(kind, dst, offset)))
    }

    /// `unsafe.Sizeof` and `unsafe.Alignof` of what depends on type arguments.
    pub(super) fn size(&mut self, size: bool, arg: ExprId, offset: u32) -> Lowered<NodeId> {
        if self.env.is_none() {
            return Err("a size that depends on type arguments");
        }
        let typ = self.typ(arg)?;
        let sizes = Sizes::of_arch(self.goarch);
        let found = if size {
            sizes.size(self.store, typ)
        } else {
            sizes.align(self.store, typ)
        };
        let bytes = found.map_err(|_| "a type without size")?;
        Ok(self.constant(Value::Int(bytes), TypeId::UINTPTR, offset))
    }
}

/// Whether a type parameter is in the type.
pub(crate) fn mentions_parameter(
    store: &go_types::Store,
    typ: TypeId,
    seen: &mut rustc_hash::FxHashSet<TypeId>,
) -> bool {
    if !seen.insert(typ) {
        return false;
    }
    match store.unaliased(typ) {
        TypeKind::TypeParam(_) => true,
        TypeKind::Named(id) => store.named(id).instance.is_some_and(|instance| {
            let targs = store.types(instance.targs).iter();
            targs
                .into_iter()
                .any(|targ| mentions_parameter(store, *targ, seen))
        }),
        TypeKind::Pointer(elem)
        | TypeKind::Slice(elem)
        | TypeKind::Array { elem, .. }
        | TypeKind::Chan { elem, .. } => mentions_parameter(store, elem, seen),
        TypeKind::Map { key, elem } => {
            mentions_parameter(store, key, seen) || mentions_parameter(store, elem, seen)
        }
        TypeKind::Signature(id) => {
            let signature = store.sig(id);
            let vars = [signature.params, signature.results];
            (vars.into_iter().flat_map(|list| store.objs(list)))
                .any(|var| mentions_parameter(store, store.obj_type(*var), seen))
        }
        TypeKind::Tuple(vars) => (store.objs(vars).iter())
            .any(|var| mentions_parameter(store, store.obj_type(*var), seen)),
        TypeKind::Struct(strukt) => (store.objs(strukt.fields).iter())
            .any(|field| mentions_parameter(store, store.obj_type(*field), seen)),
        TypeKind::Interface(id) => (store.objs(store.iface(id).methods).iter())
            .any(|method| mentions_parameter(store, store.obj_type(*method), seen)),
        _ => false,
    }
}
