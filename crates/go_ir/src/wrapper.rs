//! Method wrappers: methods that a type has by those of what it embeds or points to.
//!
//! Source: `methodWrapper`, `wrapMethodValue` and `addTailCall` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_types::{ObjId, PkgId, Pos, Store, TypeId, TypeKind};

use crate::func::{Class, Func, FuncId, Package, VarId, Wrapper};
use crate::node::{Kind, ListOp, NodeId, Nodes};
use crate::stencil::DICTIONARY;

/// A method that a type has by another one.
#[derive(Clone, Debug)]
pub struct MethodWrapper {
    /// As gc calls it; that of a method value ends with `-fm`.
    pub name: String,
    pub receiver: TypeId,
    pub method: ObjId,
    /// Through embedded fields.
    pub path: Vec<u32>,
}

impl Package {
    /// Adds a function that calls the method with a receiver of the type and its own parameters, which have the method's
    /// names and places. It has no position itself. That of a method value has a receiver without. With `tail` it jumps
    /// to the method, which then returns to the caller. `local` is the package. `None` if the path is another.
    pub fn add_method_wrapper(
        &mut self,
        store: &mut Store,
        wrapper: MethodWrapper,
        tail: bool,
        local: PkgId,
    ) -> Option<FuncId> {
        let MethodWrapper {
            name,
            receiver,
            method,
            path,
        } = wrapper;
        let typ = store.obj_type(method);
        let signature = store.as_signature(typ)?;
        let func = self.funcs.push(Func {
            wrapper: Wrapper::Yes,
            ..Func::new(name, typ, Pos::none())
        });
        let bound = self.funcs[func].name.ends_with("-fm");
        let this = match signature.recv {
            Some(declared) if !bound => {
                self.wrapper_param(store, (func, local), declared, 0, receiver)
            }
            _ if bound => self.wrapper_var(func, ".this".to_owned(), receiver, Class::Param),
            _ => self.wrapper_var(func, "~p0".to_owned(), receiver, Class::Param),
        };
        self.funcs[func].recv = Some(this);
        let mut args = Vec::new();
        for (index, param) in store.objs(signature.params).iter().enumerate() {
            let typ = store.obj_type(*param);
            let number = index + usize::from(!bound);
            let param = self.wrapper_param(store, (func, local), *param, number, typ);
            if self.vars[param].name == DICTIONARY {
                self.vars[param].foreign = store.obj(method).pkg.filter(|pkg| *pkg != local);
                let declared = self.funcs.iter().find(|func| func.obj == Some(method));
                self.vars[param].pos = declared.map_or_else(Pos::none, |func| func.pos);
            }
            self.funcs[func].params.push(param);
            args.push(self.wrapper_name(param, Pos::none()));
        }
        let results = store.objs(signature.results).to_vec();
        for (index, declared) in results.iter().enumerate() {
            let typ = store.obj_type(*declared);
            let result = self.wrapper_param(store, (func, local), *declared, index, typ);
            let var = &mut self.vars[result];
            var.class = Class::Result;
            var.name = var.name.replacen("~p", "~r", 1);
            self.funcs[func].results.push(result);
        }
        let mut bound = self.wrapper_name(this, Pos::none());
        // That of a type that is not in the heap, which takes a pointer to a pointer.
        if let TypeKind::Pointer(elem) = store.under_kind(receiver)
            && let TypeKind::Pointer(_) = store.under_kind(elem)
        {
            let deref = Kind::Deref {
                x: bound,
                implicit: true,
            };
            bound = self.add(deref, elem, Pos::none());
        }
        for field in path {
            bound = self.embedded(store, bound, bound, field)?;
        }
        let bound_type = self.typ(bound);
        let fun = if store.is_non_type_param_interface(bound_type) {
            self.add(Kind::DotInter { x: bound, method }, typ, Pos::none())
        } else {
            let (bound, fun) = self.bind_method(store, bound, bound, method, typ);
            args.insert(0, bound);
            fun
        };
        let args = self.add_list(&args);
        let result = match results[..] {
            [] => TypeId::INVALID,
            [one] => store.obj_type(one),
            _ => store.tuple(&results),
        };
        let kind = Kind::Call {
            fun,
            args,
            spread: signature.variadic,
        };
        let call = self.add(kind, result, Pos::none());
        let stmt = match results.len() {
            0 => call,
            _ if tail => call,
            1 => self.wrapper_return(&[call], Pos::none()),
            _ => self.return_several(func, call, Pos::none()),
        };
        self.funcs[func].body = self.add_list(&[stmt]);
        Some(func)
    }

    /// A parameter named as the one declared, or by its number.
    fn wrapper_param(
        &mut self,
        store: &Store,
        (func, local): (FuncId, PkgId),
        declared: ObjId,
        number: usize,
        typ: TypeId,
    ) -> VarId {
        let declared = store.obj(declared);
        let name = match store.names.text(declared.name) {
            "" | "_" => format!("~p{number}"),
            name => name.to_owned(),
        };
        let var = self.declare(func, name, typ, declared.pos, Class::Param);
        self.vars[var].foreign = declared.pkg.filter(|pkg| *pkg != local);
        var
    }

    fn wrapper_var(&mut self, func: FuncId, name: String, typ: TypeId, class: Class) -> VarId {
        self.declare(func, name, typ, Pos::none(), class)
    }

    fn wrapper_name(&mut self, var: VarId, pos: Pos) -> NodeId {
        let typ = self.vars[var].typ;
        self.add(Kind::Var(var), typ, pos)
    }

    pub(crate) fn wrapper_return(&mut self, values: &[NodeId], pos: Pos) -> NodeId {
        let values = self.add_list(values);
        self.add(Kind::Return(values), TypeId::INVALID, pos)
    }

    /// Several results go through temporaries.
    pub(crate) fn return_several(&mut self, func: FuncId, call: NodeId, pos: Pos) -> NodeId {
        let mut temporaries = Vec::new();
        for result in self.funcs[func].results.clone() {
            let typ = self.vars[result].typ;
            temporaries.push(self.temporary(func, typ, pos));
        }
        let names = |package: &mut Self| -> Vec<NodeId> {
            let names = temporaries
                .iter()
                .map(|var| package.wrapper_name(*var, pos));
            names.collect()
        };
        let (targets, values) = (names(self), names(self));
        let (lhs, rhs): (Nodes, Nodes) = (self.add_list(&targets), self.add_list(&[call]));
        let kind = Kind::AssignList {
            op: ListOp::Func,
            lhs,
            rhs,
            define: true,
        };
        let assign = self.add(kind, TypeId::INVALID, pos);
        let mut declarations = Vec::new();
        for var in &temporaries {
            self.vars[*var].definition = Some(assign);
            declarations.push(self.add(Kind::Declare(*var), TypeId::INVALID, pos));
        }
        self.prepend_init(assign, &declarations);
        let stmt = self.wrapper_return(&values, pos);
        self.prepend_init(stmt, &[assign]);
        stmt
    }
}
