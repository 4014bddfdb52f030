//! `go` and `defer`: a call with operands gets a function without parameters around it.

use go_syntax::ExprId;
use go_types::{Basic, Signature, TypeId};

use super::{ClosureKind, Lowered, Lowerer};
use crate::node::{ConvOp, Kind, ListOp, LitOp, NodeId, Nodes, UnaryOp};

impl Lowerer<'_> {
    /// `in_loop` says that a deferred call is that of a function around.
    pub(super) fn go_defer(
        &mut self,
        call: ExprId,
        (go, in_loop): (bool, bool),
        offset: u32,
    ) -> Lowered<NodeId> {
        let call = self.expr(call)?;
        let mut init = self.out.take_init(call);
        let call = if self.is_plain_call(call) {
            call
        } else {
            self.wrapped(call, go, offset, &mut init)
        };
        let kind = if go {
            Kind::Go(call)
        } else {
            let at = if in_loop {
                Some(self.defers(offset)?)
            } else {
                None
            };
            Kind::Defer { call, at }
        };
        let node = self.stmt_node(kind, offset);
        self.out.prepend_init(node, &init);
        Ok(node)
    }

    /// A call of a function without parameters and results.
    fn is_plain_call(&mut self, call: NodeId) -> bool {
        let Kind::Call { fun, args, .. } = self.out.kind(call) else {
            return false;
        };
        if matches!(self.out.kind(fun), Kind::DotInter { .. }) || !args.is_empty() {
            return false;
        }
        let typ = self.out.typ(fun);
        let signature = self.store.as_signature(self.store.unalias(typ));
        let under = self.store.under(typ);
        let signature = signature.or_else(|| self.store.as_signature(under));
        signature
            .is_some_and(|signature| signature.params.is_empty() && signature.results.is_empty())
    }

    fn wrapped(&mut self, call: NodeId, go: bool, offset: u32, init: &mut Vec<NodeId>) -> NodeId {
        let empty = self.store.signature(Signature::default());
        let kind = if go {
            ClosureKind::Go
        } else {
            ClosureKind::Defer
        };
        let wrapper = self.closure(empty, offset, kind);
        let mut operands = Vec::new();
        self.operands_of_call(call, &mut operands);
        let mut declarations = Vec::new();
        let (mut lhs, mut rhs) = (Vec::new(), Vec::new());
        let mut replaced = Vec::new();
        for operand in operands {
            let typ = self.out.typ(operand);
            let at = match self.out.kind(operand) {
                Kind::Var(_) | Kind::Global(_) => offset,
                _ => self.out.node(operand).pos.offset,
            };
            let var = self.temporary(typ, at);
            declarations.push(self.stmt_node(Kind::Declare(var), at));
            lhs.push(self.var_node(var, at));
            let value = *self.out.node(operand);
            let value_init = self.out.take_init(operand);
            let value = self.out.add(value.kind, value.typ, value.pos);
            self.out.prepend_init(value, &value_init);
            rhs.push(value);
            replaced.push((operand, var, at));
        }
        if !lhs.is_empty() {
            init.extend(&declarations);
            let (lhs, rhs) = (self.nodes(&lhs), self.nodes(&rhs));
            let kind = Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs,
                define: false,
            };
            let assign = self.stmt_node(kind, offset);
            for (_, var, _) in &replaced {
                self.out.vars[*var].definition = Some(assign);
            }
            init.push(assign);
            if let (Kind::Call { fun, .. }, Some((_, var, at))) =
                (self.out.kind(call), replaced.first())
                && matches!(self.out.kind(fun), Kind::DotInter { .. })
            {
                let (var, at) = (*var, *at);
                let iface = self.var_node(var, at);
                init.push(self.check_nil(iface, offset));
            }
        }
        self.captured_operands(wrapper, &replaced);
        self.out.funcs[wrapper].body = self.nodes(&[call]);
        let closure = self.node(Kind::Closure(wrapper), empty, offset);
        let args = Nodes::EMPTY;
        let pos = self.out.node(call).pos;
        let kind = Kind::Call {
            fun: closure,
            args,
            spread: false,
        };
        self.out.add(kind, TypeId::INVALID, pos)
    }

    /// In the wrapper, operands are captured temporaries.
    fn captured_operands(
        &mut self,
        wrapper: crate::FuncId,
        replaced: &[(NodeId, crate::VarId, u32)],
    ) {
        self.frames.push(super::Frame {
            func: wrapper,
            vars: rustc_hash::FxHashMap::default(),
            results: Vec::new(),
        });
        let depth = self.frames.len() - 1;
        for (operand, var, at) in replaced {
            let captured = self.capture(depth, *var, *at);
            self.out.node_mut(*operand).kind = Kind::Var(captured);
        }
        self.frames.pop();
        // Closures that stay inside are the wrapper's, but keep their names.
    }

    pub(super) fn check_nil(&mut self, iface: NodeId, offset: u32) -> NodeId {
        let itab = Kind::Unary {
            op: UnaryOp::Itab,
            x: iface,
        };
        let x = self.node(itab, TypeId::UINTPTR, offset);
        let op = UnaryOp::CheckNil;
        self.stmt_node(Kind::Unary { op, x }, offset)
    }

    /// Operands of the call that are evaluated by the statement itself.
    fn operands_of_call(&mut self, call: NodeId, out: &mut Vec<NodeId>) {
        match self.out.kind(call) {
            Kind::Call { fun, args, .. } => {
                match self.out.kind(fun) {
                    Kind::DotInter { x, .. } => out.push(x),
                    _ => self.operand(fun, out),
                }
                self.operand_list(args, out);
            }
            Kind::Builtin { args, .. } => self.operand_list(args, out),
            Kind::Binary { x, y, .. } => {
                self.operand(x, out);
                self.operand(y, out);
            }
            Kind::Unary { x, .. } => self.operand(x, out),
            _ => {}
        }
    }

    fn operand_list(&mut self, list: Nodes, out: &mut Vec<NodeId>) {
        for operand in self.out.list(list).to_vec() {
            self.operand(operand, out);
        }
    }

    fn operand(&mut self, operand: NodeId, out: &mut Vec<NodeId>) {
        match self.out.kind(operand) {
            Kind::Literal(_)
            | Kind::Nil
            | Kind::MethodExpr { .. }
            | Kind::Func(_)
            | Kind::Inst(_)
            | Kind::Dict(_)
            | Kind::Unary {
                op: UnaryOp::New, ..
            } => {}
            Kind::Conv {
                op: ConvOp::Nop, x, ..
            } if self.is_uintptr_of_pointer(operand, x) => self.operand(x, out),
            Kind::CompLit {
                op: LitOp::Array | LitOp::Slice | LitOp::Dots | LitOp::Struct,
                elems,
            } => {
                for elem in self.out.list(elems).to_vec() {
                    match self.out.kind(elem) {
                        Kind::Key { value, .. } | Kind::StructKey { value, .. } => {
                            self.operand(value, out);
                        }
                        _ => self.operand(elem, out),
                    }
                }
            }
            _ => out.push(operand),
        }
    }

    fn is_uintptr_of_pointer(&mut self, conversion: NodeId, x: NodeId) -> bool {
        let (to, from) = (self.out.typ(conversion), self.out.typ(x));
        self.basic(to) == Some(Basic::Uintptr) && self.basic(from) == Some(Basic::UnsafePointer)
    }
}
