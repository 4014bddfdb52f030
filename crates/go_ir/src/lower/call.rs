//! Calls, conversions written as calls, and builtins.

use go_syntax::{ExprId, ExprKind};
use go_types::{Builtin, Mode, ObjKind, SelectionKind, Signature, TypeId, TypeKind};

use super::{Lowered, Lowerer};
use crate::func::is_method_of_instance;
use crate::node::{BinaryOp, BuiltinOp, Kind, LitOp, NodeId, UnaryOp};

/// A call as written.
#[derive(Clone, Copy)]
struct Written<'a> {
    fun: ExprId,
    args: &'a [ExprId],
    spread: bool,
    offset: u32,
    /// What it gives; the empty tuple where nothing.
    typ: TypeId,
}

impl<'a> Lowerer<'a> {
    pub(super) fn call(&mut self, expr: ExprId) -> Lowered<NodeId> {
        let ExprKind::Call { fun, args, spread } = self.ast().expr(expr).kind else {
            return Err("no call");
        };
        let call = Written {
            fun,
            args: self.ast().list(args),
            spread,
            offset: self.ast().expr(expr).pos,
            typ: self.typ(expr)?,
        };
        if self.is_type(fun) {
            let dst = self.typ(fun)?;
            let operand = *call.args.first().ok_or("a conversion of nothing")?;
            if let Some(converted) = self.constant_of_type_parameter(fun, operand)? {
                return Ok(converted);
            }
            if self.is_nil(operand) {
                let nil = self.implicit(Some(dst), operand)?;
                return Ok(self.converted(dst, nil, call.offset, false));
            }
            return self.conversion(dst, operand, false);
        }
        if self.mode(fun) == Some(Mode::Builtin) {
            return self.builtin(&call);
        }
        self.function_call(&call)
    }

    fn function_call(&mut self, call: &Written<'a>) -> Lowered<NodeId> {
        let fun = self.ast().unparen(call.fun);
        let typ = self.typ(fun)?;
        let TypeKind::Signature(id) = self.core(typ) else {
            return Err("a call of what is not a function");
        };
        let signature = self.store.sig(id);
        let (callee, hidden) = self.callee(fun)?;
        let mut args = hidden;
        let n_hidden = args.len();
        args.extend(self.arguments(call, signature)?);
        let mut init = Vec::new();
        let callee = self.without_calls(callee, call.offset, &mut init);
        let spread = self.gather_variadic(&mut args, n_hidden, signature, call);
        let args = self.out.add_list(&args);
        let result = match self.tuple(call.typ) {
            Some(types) if types.is_empty() => TypeId::INVALID,
            _ => call.typ,
        };
        let kind = Kind::Call {
            fun: callee,
            args,
            spread,
        };
        let node = self.node(kind, result, call.offset);
        self.out.prepend_init(node, &init);
        Ok(node)
    }

    /// What is called, and what it takes that is not written as an argument: the receiver if it is a method that is
    /// known, the dictionary of an instance.
    pub(super) fn callee(&mut self, fun: ExprId) -> Lowered<(NodeId, Vec<NodeId>)> {
        let offset = self.ast().expr(fun).pos;
        if let Some(called) = self.called_instance(fun)? {
            return Ok(called);
        }
        if let Some(called) = self.called_generic_method(fun)? {
            return Ok(called);
        }
        let ExprKind::Selector { x, .. } = self.ast().expr(fun).kind else {
            return self.called_value(fun);
        };
        let selection = match self.info().selection(fun) {
            Some(selection) if selection.kind == SelectionKind::Method => selection.clone(),
            _ => return self.called_value(fun),
        };
        if let Some(called) = self.method_of_type_parameter(fun, x, &selection)? {
            return Ok(called);
        }
        self.refuse_generic(&selection)?;
        let receiver = self.receiver(x, &selection, offset)?;
        let recv = self.out.typ(receiver);
        let typ = self.typ(fun)?;
        if self.is_interface(recv) {
            let (x, method) = (receiver, selection.obj);
            let callee = self.node(Kind::DotInter { x, method }, typ, offset);
            return Ok((callee, Vec::new()));
        }
        if let Some(instance) = self.method_of_instance(&selection, recv, true)? {
            let dictionary = self.dictionary(instance, fun, offset)?;
            let (recv, typ) = self.method_types(instance.func);
            let callee = self.method_expr(recv, instance.func, typ, offset);
            return Ok((callee, vec![receiver, dictionary]));
        }
        let callee = self.method_expr(recv, selection.obj, typ, offset);
        let mut hidden = vec![receiver];
        if is_method_of_instance(self.store, selection.obj) {
            hidden.push(self.node(Kind::Dict(None), TypeId::UINTPTR, offset));
        }
        Ok((callee, hidden))
    }

    /// An expression that is called.
    fn called_value(&mut self, fun: ExprId) -> Lowered<(NodeId, Vec<NodeId>)> {
        let callee = self.expr(fun)?;
        let mut hidden = Vec::new();
        if matches!(self.out.kind(callee), Kind::Inst(_)) {
            let offset = self.ast().expr(fun).pos;
            hidden.push(self.node(Kind::Dict(None), TypeId::UINTPTR, offset));
        }
        Ok((callee, hidden))
    }

    /// Arguments converted to the types of their parameters, those of a variadic one singly.
    fn arguments(&mut self, call: &Written<'a>, signature: Signature) -> Lowered<Vec<NodeId>> {
        let params: Vec<TypeId> = (self.store.objs(signature.params).iter())
            .map(|param| self.store.obj_type(*param))
            .collect();
        let variadic = signature.variadic && !call.spread;
        let declared = self.declared_parameters(call.fun);
        let dst = |lowerer: &mut Lowerer<'a>, index: usize| {
            // What is of the same type as written is so for all arguments.
            if let (Some(param), Some(arg)) = (declared.get(index), call.args.get(index))
                && let Ok(typ) = lowerer.declared_type(*arg)
                && *param == typ
            {
                return None;
            }
            let last = params.len().saturating_sub(1);
            if variadic && index >= last {
                return match lowerer.core(*params.last()?) {
                    TypeKind::Slice(elem) => Some(elem),
                    _ => None,
                };
            }
            params.get(index).copied()
        };
        self.values(call.args, &dst, call.offset)
    }

    /// Types of the parameters of what is called in terms of type parameters; none outside of generic functions.
    fn declared_parameters(&mut self, fun: ExprId) -> Vec<TypeId> {
        if self.env.is_none() {
            return Vec::new();
        }
        let typ = self.declared_type(fun).unwrap_or(TypeId::INVALID);
        let TypeKind::Signature(id) = self.core(typ) else {
            return Vec::new();
        };
        let signature = self.store.sig(id);
        let params = self.store.objs(signature.params).iter();
        let fixed = params.len() - usize::from(signature.variadic);
        let types = params.map(|param| self.store.obj_type(*param));
        types.take(fixed).collect()
    }

    /// The arguments of a variadic parameter become one slice; says whether the last argument is one. `n_hidden`
    /// arguments are not written as such: receiver and dictionary.
    fn gather_variadic(
        &mut self,
        args: &mut Vec<NodeId>,
        n_hidden: usize,
        signature: Signature,
        call: &Written<'a>,
    ) -> bool {
        if !signature.variadic || call.spread {
            return call.spread;
        }
        let params = self.store.objs(signature.params);
        let Some(last) = params.last() else {
            return false;
        };
        let typ = self.store.obj_type(*last);
        let fixed = params.len() - 1 + n_hidden;
        let extra = args.split_off(fixed.min(args.len()));
        args.push(if extra.is_empty() {
            self.node(Kind::Nil, typ, call.offset)
        } else {
            let elems = self.out.add_list(&extra);
            let op = LitOp::Dots;
            self.node(Kind::CompLit { op, elems }, typ, call.offset)
        });
        true
    }

    /// A callee that contains a call or receive is evaluated into a temporary first.
    pub(super) fn without_calls(
        &mut self,
        callee: NodeId,
        offset: u32,
        init: &mut Vec<NodeId>,
    ) -> NodeId {
        let (operand, selects) = match self.out.kind(callee) {
            Kind::DotInter { x, .. } | Kind::MethodValue { x, .. } => (x, true),
            _ => (callee, false),
        };
        if !self.calls(operand) {
            return callee;
        }
        let typ = self.out.typ(operand);
        let var = self.temporary(typ, offset);
        let declaration = self.stmt_node(Kind::Declare(var), offset);
        let x = self.var_node(var, offset);
        let kind = Kind::Assign {
            x,
            y: Some(operand),
            define: false,
        };
        let assign = self.stmt_node(kind, offset);
        self.out.prepend_init(assign, &[declaration]);
        self.out.vars[var].definition = Some(assign);
        init.push(assign);
        let name = self.var_node(var, offset);
        if !selects {
            return name;
        }
        let kind = match self.out.kind(callee) {
            Kind::DotInter { method, .. } => Kind::DotInter { x: name, method },
            Kind::MethodValue { method, .. } => Kind::MethodValue { x: name, method },
            other => other,
        };
        self.out.node_mut(callee).kind = kind;
        callee
    }

    fn calls(&self, root: NodeId) -> bool {
        self.out.any(root, |id| match self.out.kind(id) {
            Kind::Call { .. } | Kind::Builtin { .. } => true,
            Kind::Unary { op, .. } => !matches!(
                op,
                UnaryOp::Plus
                    | UnaryOp::Neg
                    | UnaryOp::Not
                    | UnaryOp::BitNot
                    | UnaryOp::New
                    | UnaryOp::CheckNil
                    | UnaryOp::Itab
            ),
            Kind::Binary { op, .. } => matches!(
                op,
                BinaryOp::Copy
                    | BinaryOp::Complex
                    | BinaryOp::UnsafeAdd
                    | BinaryOp::UnsafeSlice
                    | BinaryOp::UnsafeString
            ),
            _ => false,
        })
    }

    fn builtin(&mut self, call: &Written<'a>) -> Lowered<NodeId> {
        let obj = self.object(call.fun).ok_or("a builtin without name")?;
        let ObjKind::Builtin(builtin) = self.store.obj(obj).kind else {
            return Err("a builtin without name");
        };
        match builtin {
            Builtin::Make => return self.make(call),
            Builtin::New => return self.new_value(call),
            Builtin::Sizeof | Builtin::Alignof => {
                let arg = *call.args.first().ok_or("the size of nothing")?;
                return self.size(builtin == Builtin::Sizeof, arg, call.offset);
            }
            Builtin::Offsetof => return Err("an offset that depends on type arguments"),
            _ => {}
        }
        let typ = self.typ(call.fun)?;
        let signature = self.store.as_signature(typ).unwrap_or_default();
        let args = self.arguments(call, signature)?;
        let result = match self.tuple(call.typ) {
            Some(_) => TypeId::INVALID,
            None => call.typ,
        };
        let offset = call.offset;
        let one = args.first().copied();
        if let Some(op) = unary_builtin(builtin) {
            let mut x = one.ok_or("a builtin without argument")?;
            if matches!(op, UnaryOp::Len | UnaryOp::Cap) {
                x = self.through_array_pointer(x, offset);
            }
            return Ok(self.node(Kind::Unary { op, x }, result, offset));
        }
        if let Some(op) = binary_builtin(builtin) {
            let &[x, y] = &args[..] else {
                return Err("a builtin with other than two arguments");
            };
            return Ok(self.node(Kind::Binary { op, x, y }, result, offset));
        }
        let op = list_builtin(builtin).ok_or("an unknown builtin")?;
        let mut args = args;
        if op == BuiltinOp::Append
            && call.spread
            && let Some(last) = args.last_mut()
            && let Kind::Conv {
                op: crate::ConvOp::Nop,
                x,
                implicit: true,
            } = self.out.kind(*last)
            && self.out.init(*last).is_empty()
        {
            *last = x;
        }
        let args = self.out.add_list(&args);
        let spread = call.spread;
        Ok(self.node(Kind::Builtin { op, args, spread }, result, offset))
    }

    fn make(&mut self, call: &Written<'a>) -> Lowered<NodeId> {
        let mut sizes = Vec::new();
        for size in call.args.get(1..).unwrap_or_default() {
            sizes.push(self.expr(*size)?);
        }
        let mut len = sizes.first().copied();
        if len.is_none() && !matches!(self.core(call.typ), TypeKind::Slice(_)) {
            let zero = go_types::constant::Value::Int(0);
            let literal = self.out.add_literal(zero);
            len = Some(self.node(Kind::Literal(literal), TypeId::UNTYPED_INT, call.offset));
        }
        let cap = sizes.get(1).copied();
        Ok(self.node(Kind::Make { len, cap }, call.typ, call.offset))
    }

    fn new_value(&mut self, call: &Written<'a>) -> Lowered<NodeId> {
        let arg = *call.args.first().ok_or("new of nothing")?;
        let offset = call.offset;
        if self.is_type(arg) {
            let typ = self.typ(arg)?;
            let x = self.type_node(arg, typ)?;
            let op = UnaryOp::New;
            return Ok(self.node(Kind::Unary { op, x }, call.typ, offset));
        }
        let value = self.expr(arg)?;
        let typ = self.default_type(self.out.typ(value));
        let var = self.temporary(typ, offset);
        let declaration = self.stmt_node(Kind::Declare(var), offset);
        let x = self.var_node(var, offset);
        let kind = Kind::Assign {
            x,
            y: Some(value),
            define: true,
        };
        let assign = self.stmt_node(kind, offset);
        self.out.vars[var].definition = Some(assign);
        let name = self.var_node(var, offset);
        let address = self.address_of(name, false, offset);
        self.out.prepend_init(address, &[declaration, assign]);
        Ok(address)
    }
}

fn unary_builtin(builtin: Builtin) -> Option<UnaryOp> {
    Some(match builtin {
        Builtin::Len => UnaryOp::Len,
        Builtin::Cap => UnaryOp::Cap,
        Builtin::Clear => UnaryOp::Clear,
        Builtin::Close => UnaryOp::Close,
        Builtin::Real => UnaryOp::Real,
        Builtin::Imag => UnaryOp::Imag,
        Builtin::Panic => UnaryOp::Panic,
        Builtin::StringData => UnaryOp::StringData,
        Builtin::SliceData => UnaryOp::SliceData,
        _ => return None,
    })
}

fn binary_builtin(builtin: Builtin) -> Option<BinaryOp> {
    Some(match builtin {
        Builtin::Copy => BinaryOp::Copy,
        Builtin::Complex => BinaryOp::Complex,
        Builtin::Add => BinaryOp::UnsafeAdd,
        Builtin::Slice => BinaryOp::UnsafeSlice,
        Builtin::String => BinaryOp::UnsafeString,
        _ => return None,
    })
}

fn list_builtin(builtin: Builtin) -> Option<BuiltinOp> {
    Some(match builtin {
        Builtin::Append => BuiltinOp::Append,
        Builtin::Delete => BuiltinOp::Delete,
        Builtin::Max => BuiltinOp::Max,
        Builtin::Min => BuiltinOp::Min,
        Builtin::Print => BuiltinOp::Print,
        Builtin::Println => BuiltinOp::Println,
        Builtin::Recover => BuiltinOp::Recover,
        _ => return None,
    })
}
