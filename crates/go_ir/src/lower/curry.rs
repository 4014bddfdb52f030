//! Function literals that pass a dictionary: instances and methods as values, where only a run knows the dictionary.
//!
//! Source: `curry`, `methodExprWrap` and `syntheticClosure` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_types::{ObjId, Object, Pos, Selection, Signature, TypeId};

use super::{ClosureKind, Lowered, Lowerer};
use crate::func::{FuncId, VarId, Wrapper};
use crate::node::{Kind, NodeId};

/// What a function literal takes before its call.
struct Captured {
    /// By operand what it is in the literal: itself, or the variable that captures it.
    operands: Vec<Operand>,
    /// Statements that evaluate them.
    init: Vec<NodeId>,
}

#[derive(Clone, Copy)]
enum Operand {
    Node(NodeId),
    Captured(VarId),
}

impl Lowerer<'_> {
    /// A function literal that calls the function with the operands first, which are evaluated where it stands.
    pub(super) fn curried(
        &mut self,
        fun: NodeId,
        first: &[NodeId],
        offset: u32,
    ) -> Lowered<NodeId> {
        // The receiver of a method expression is none of its type's parameters.
        let method = matches!(self.out.kind(fun), Kind::MethodExpr { .. });
        let hidden = first.len() - usize::from(method);
        let named = matches!(self.out.kind(fun), Kind::Func(_));
        let signature = self.signature_of(fun)?;
        let params = self.store.objs(signature.params)[hidden..].to_vec();
        let literal = self.literal_of(signature, None, &params, named, offset);
        let mut operands = vec![fun];
        operands.extend_from_slice(first);
        let captured = self.captured(&operands, true, offset);
        self.call_in_literal(
            literal,
            captured,
            signature,
            offset,
            |_, operands, params| {
                let (fun, first) = operands.split_first().ok_or("a call of nothing")?;
                Ok((*fun, [first, params].concat()))
            },
        )
    }

    /// A function literal that calls the method of an instance with a dictionary as second argument. Its first parameter
    /// is of another type than the receiver where the method is selected through embedded fields or pointers.
    pub(super) fn wrapped_method(
        &mut self,
        (method, dictionary): (NodeId, NodeId),
        recv: TypeId,
        selection: &Selection,
        offset: u32,
    ) -> Lowered<NodeId> {
        let signature = self.signature_of(method)?;
        let params = self.store.objs(signature.params)[1..].to_vec();
        let literal = self.literal_of(signature, Some(recv), &params, false, offset);
        let captured = self.captured(&[method, dictionary], false, offset);
        self.call_in_literal(
            literal,
            captured,
            signature,
            offset,
            |lowerer, operands, params| {
                let (&[method, dictionary], [first, rest @ ..]) = (operands, params) else {
                    return Err("a method without receiver");
                };
                let receiver = lowerer.receiver_of(*first, selection, offset)?;
                let args = [&[receiver, dictionary], rest].concat();
                Ok((method, args))
            },
        )
    }

    fn signature_of(&mut self, fun: NodeId) -> Lowered<Signature> {
        let typ = self.out.typ(fun);
        let signature = self.store.as_signature(self.store.unalias(typ));
        signature.ok_or("a call of what is not a function")
    }

    /// A function with the results of the signature and these parameters.
    fn literal_of(
        &mut self,
        signature: Signature,
        recv: Option<TypeId>,
        params: &[ObjId],
        named: bool,
        offset: u32,
    ) -> (FuncId, TypeId) {
        let unnamed = self.name_of("");
        let like = |store: &mut go_types::Store, obj: ObjId, typ: Option<TypeId>| {
            let object = *store.obj(obj);
            store.new_obj(Object {
                typ: typ.or(object.typ),
                name: if named { object.name } else { unnamed },
                pos: Pos::none(),
                ..object
            })
        };
        let mut all = Vec::new();
        if let (Some(recv), Some(dictionary)) = (recv, self.store.objs(signature.params).first()) {
            all.push(like(self.store, *dictionary, Some(recv)));
        }
        for param in params {
            all.push(like(self.store, *param, None));
        }
        let results = self.store.objs(signature.results).to_vec();
        let results: Vec<ObjId> = (results.into_iter())
            .map(|result| like(self.store, result, None))
            .collect();
        let (params, results) = (self.store.obj_list(&all), self.store.obj_list(&results));
        let typ = self.store.signature(Signature {
            params,
            results,
            variadic: signature.variadic,
            ..Signature::default()
        });
        let func = self.closure(typ, offset, ClosureKind::Literal);
        self.out.funcs[func].wrapper = Wrapper::Curried;
        (func, typ)
    }

    /// Evaluates operands into temporaries, but functions that are known. With `nil_check` the second one must not be a
    /// nil interface.
    fn captured(&mut self, operands: &[NodeId], nil_check: bool, offset: u32) -> Captured {
        let mut captured = Captured {
            operands: Vec::new(),
            init: Vec::new(),
        };
        for (index, operand) in operands.iter().enumerate() {
            if matches!(
                self.out.kind(*operand),
                Kind::Func(_) | Kind::MethodExpr { .. }
            ) {
                captured.operands.push(Operand::Node(*operand));
                continue;
            }
            let typ = self.out.typ(*operand);
            let var = self.temporary(typ, offset);
            let declaration = self.stmt_node(Kind::Declare(var), offset);
            let x = self.var_node(var, offset);
            let assign = Kind::Assign {
                x,
                y: Some(*operand),
                define: true,
            };
            let assign = self.stmt_node(assign, offset);
            self.out.vars[var].definition = Some(assign);
            captured.init.extend([declaration, assign]);
            if nil_check && index == 1 && self.is_interface(typ) {
                let iface = self.var_node(var, offset);
                let check = self.check_nil(iface, offset);
                captured.init.push(check);
            }
            captured.operands.push(Operand::Captured(var));
        }
        captured
    }

    /// Gives a function literal its body, a call, of which `call` tells the function and the arguments.
    fn call_in_literal(
        &mut self,
        (func, typ): (FuncId, TypeId),
        captured: Captured,
        signature: Signature,
        offset: u32,
        call: impl FnOnce(&mut Self, &[NodeId], &[NodeId]) -> Lowered<(NodeId, Vec<NodeId>)>,
    ) -> Lowered<NodeId> {
        self.enter_body(func, typ, None);
        let depth = self.frames.len() - 1;
        let mut operands = Vec::new();
        for operand in captured.operands {
            operands.push(match operand {
                Operand::Node(node) => node,
                Operand::Captured(var) => {
                    let var = self.capture(depth, var, offset);
                    self.var_node(var, offset)
                }
            });
        }
        let params = self.out.funcs[func].params.clone();
        let params: Vec<NodeId> = (params.into_iter())
            .map(|param| self.var_node(param, offset))
            .collect();
        let called = call(self, &operands, &params);
        if let Ok((fun, args)) = &called {
            self.tail_call(func, *fun, args, signature, offset);
        }
        self.leave_body();
        called?;
        let node = self.node(Kind::Closure(func), typ, offset);
        self.out.prepend_init(node, &captured.init);
        Ok(node)
    }

    /// The body of a function that does nothing but a call.
    pub(super) fn tail_call(
        &mut self,
        func: FuncId,
        fun: NodeId,
        args: &[NodeId],
        signature: Signature,
        offset: u32,
    ) {
        let results = self.store.objs(signature.results).to_vec();
        let result = match results[..] {
            [] => TypeId::INVALID,
            [one] => self.store.obj_type(one),
            _ => self.store.tuple(&results),
        };
        let args = self.out.add_list(args);
        let kind = Kind::Call {
            fun,
            args,
            spread: signature.variadic,
        };
        let call = self.node(kind, result, offset);
        let pos = self.pos(offset);
        let stmt = match results.len() {
            0 => call,
            1 => self.out.wrapper_return(&[call], pos),
            _ => self.out.return_several(func, call, pos),
        };
        self.out.funcs[func].body = self.out.add_list(&[stmt]);
    }
}
