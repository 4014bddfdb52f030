//! Calls replaced by bodies, as [`Kind::InlinedCall`] describes.

use std::sync::Arc;

use go_syntax::Symbol;
use go_types::{PkgId, TypeId};

use crate::body::Body;
use crate::copy::{Copier, Returns};
use crate::func::{Callee, FuncId, Inlined, Package, Var, VarId, Wrapper};
use crate::node::{InlineId, Kind, ListOp, NodeId};

/// What a replaced call brought along.
#[derive(Clone, Debug)]
pub struct Expansion {
    pub inline: InlineId,
    /// Closures of the inlined body; none is inlined into.
    pub closures: Vec<FuncId>,
}

impl Package {
    /// Replaces the call, a [`Kind::Call`] in the body of `caller`, by the body of the function `func` of `body`, which
    /// is `callee`.
    ///
    /// A closure may capture variables of `caller` alone. `pkg` is the package that is compiled.
    pub fn expand(
        &mut self,
        pkg: PkgId,
        call: NodeId,
        caller: FuncId,
        callee: Callee,
        body: &Arc<Body>,
        func: FuncId,
    ) -> Expansion {
        let node = *self.node(call);
        let inline = self.inlined.push(Inlined {
            pos: node.pos,
            parent: node.inline,
            callee,
        });
        let outer = self.captured_by(callee);
        let label = Symbol::intern(&format!(".i{}", self.inlined.len()));
        let suffix = self.inlined.len() as u32;
        let delayed = body.can_delay_results(func);

        let mut copier = Copier::new(&body.package, self, caller);
        let source = &body.package.funcs[func];
        for (captured, outer) in source.captured.iter().zip(&outer) {
            copier.vars.insert(*captured, *outer);
        }
        copier.inline = Some(inline);
        copier.stays = source.wrapper == Wrapper::Curried;
        copier.foreign = (body.pkg != pkg).then_some(body.pkg);
        copier.body = Some(Arc::clone(body));
        copier.label_suffix = Some(suffix);
        copier.declared(func, true);
        let params: Vec<VarId> = (source.recv.iter().chain(&source.params))
            .map(|var| copier.vars[var])
            .collect();
        let results: Vec<VarId> = (source.results.iter())
            .map(|var| copier.vars[var])
            .collect();
        copier.returns = Some(Returns {
            pos: node.pos,
            inline: node.inline,
            results: results.clone(),
            delayed,
            label,
        });
        let stmts = copier.list(source.body);
        copier.define(func);
        let closures = std::mem::take(&mut copier.closures);

        let mut stmts = self.list(stmts).to_vec();
        stmts.push(self.beside(call, Kind::Label(label)));
        let init = self.before_body(call, &params, if delayed { &[] } else { &results }, inline);
        let stmts = self.add_list(&stmts);
        let results: Vec<NodeId> = results.iter().map(|var| self.inlined_name(*var)).collect();
        let results = self.add_list(&results);
        self.node_mut(call).kind = Kind::InlinedCall {
            body: stmts,
            results,
        };
        self.set_init(call, &init);
        Expansion { inline, closures }
    }

    /// The caller's variables that the callee captures.
    fn captured_by(&self, callee: Callee) -> Vec<VarId> {
        let Callee::Closure(func) = callee else {
            return Vec::new();
        };
        let captured = self.funcs[func].captured.iter();
        captured.filter_map(|var| self.vars[*var].outer).collect()
    }

    /// A statement where the call stands.
    fn beside(&mut self, call: NodeId, kind: Kind) -> NodeId {
        let node = *self.node(call);
        self.add_inlined(kind, TypeId::INVALID, node.pos, node.inline)
    }

    fn inlined_name(&mut self, var: VarId) -> NodeId {
        let Var {
            typ, pos, inline, ..
        } = self.vars[var];
        self.add_inlined(Kind::Var(var), typ, pos, inline)
    }

    /// Statements before the body: what the call ran already, its arguments assigned, results that are zero.
    fn before_body(
        &mut self,
        call: NodeId,
        params: &[VarId],
        zeroed: &[VarId],
        inline: InlineId,
    ) -> Vec<NodeId> {
        let mut init = self.take_init(call);
        let Kind::Call { fun, args, .. } = self.kind(call) else {
            return init;
        };
        self.callee_effects(fun, &mut init);
        if !params.is_empty() {
            let (mut lhs, mut declarations) = (Vec::new(), Vec::new());
            let mut named = Vec::new();
            for var in params {
                if self.vars[*var].name == "_" {
                    lhs.push(self.beside(call, Kind::Blank));
                    continue;
                }
                lhs.push(self.inlined_name(*var));
                declarations.push(self.beside(call, Kind::Declare(*var)));
                named.push(*var);
            }
            let lhs = self.add_list(&lhs);
            let assign = Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs: args,
                define: true,
            };
            let assign = self.beside(call, assign);
            self.prepend_init(assign, &declarations);
            for var in named {
                self.vars[var].definition = Some(assign);
            }
            init.push(assign);
        }
        for var in zeroed {
            init.push(self.beside(call, Kind::Declare(*var)));
            let x = self.inlined_name(*var);
            let kind = Kind::Assign {
                x,
                y: None,
                define: false,
            };
            init.push(self.beside(call, kind));
        }
        init.push(self.beside(call, Kind::InlineMark(inline)));
        init
    }

    /// Evaluating the callee may have effects, though which function it is is known.
    fn callee_effects(&mut self, mut callee: NodeId, init: &mut Vec<NodeId>) {
        loop {
            init.extend(self.take_init(callee));
            callee = match self.kind(callee) {
                Kind::Conv { x, .. } => x,
                Kind::InlinedCall { body, results } => {
                    init.extend_from_slice(self.list(body));
                    match self.list(results) {
                        [result] => *result,
                        _ => return,
                    }
                }
                _ => return,
            };
        }
    }
}
