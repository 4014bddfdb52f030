//! Select statements.

use go_syntax::{List, StmtId, StmtKind};

use super::{Lowered, Lowerer};
use crate::node::{ConvOp, Kind, ListOp, NodeId, UnaryOp};

impl Lowerer<'_> {
    pub(super) fn select(&mut self, clauses: List<StmtId>, offset: u32) -> Lowered<NodeId> {
        let mut nodes = Vec::new();
        for clause in self.ast().list(clauses) {
            let StmtKind::Comm { comm, body, .. } = self.ast().stmt(*clause).kind else {
                continue;
            };
            let offset = self.ast().stmt(*clause).pos;
            let mut stmts = Vec::new();
            if let Some(comm) = comm {
                self.stmt(comm, &mut stmts)?;
            }
            let comm = self.one(&stmts);
            // What the clause assigns after it has received comes first in its body.
            let mut first = None;
            let comm = comm.map(|comm| self.communication(comm, &mut first, offset));
            let rest = self.stmts(self.ast().list(body));
            let body: Vec<NodeId> = first.into_iter().chain(rest).collect();
            let body = self.nodes(&body);
            nodes.push(self.stmt_node(Kind::Comm { comm, body }, offset));
        }
        let clauses = self.nodes(&nodes);
        Ok(self.stmt_node(Kind::Select(clauses), offset))
    }

    /// A send, or a receive into two variables.
    fn communication(&mut self, comm: NodeId, first: &mut Option<NodeId>, offset: u32) -> NodeId {
        match self.out.kind(comm) {
            Kind::Unary {
                op: UnaryOp::Recv, ..
            } => {
                let x = self.stmt_node(Kind::Blank, offset);
                self.select_recv(x, comm, false, offset)
            }
            Kind::Assign {
                x,
                y: Some(y),
                define,
            } => self.receive_into(comm, x, y, define, first, offset),
            Kind::AssignList {
                op: ListOp::Each,
                rhs,
                ..
            } => {
                let head = self.out.list(rhs)[0];
                let mut init = self.out.take_init(head);
                match init.pop() {
                    Some(receive) if init.is_empty() => {
                        *first = Some(comm);
                        self.as_select_recv(receive)
                    }
                    _ => comm,
                }
            }
            _ => comm,
        }
    }

    /// `x = <-c`, where the value may have to be converted for x.
    fn receive_into(
        &mut self,
        comm: NodeId,
        x: NodeId,
        y: NodeId,
        define: bool,
        first: &mut Option<NodeId>,
        offset: u32,
    ) -> NodeId {
        if let Kind::Conv {
            op: op @ ConvOp::Iface,
            x: recv,
            implicit,
        } = self.out.kind(y)
            && !define
        {
            let typ = self.out.typ(recv);
            let var = self.temporary(typ, offset);
            let declaration = self.stmt_node(Kind::Declare(var), offset);
            let target = self.var_node(var, offset);
            let receive = self.select_recv(target, recv, true, offset);
            self.out.prepend_init(receive, &[declaration]);
            self.out.vars[var].definition = Some(receive);
            let x = self.var_node(var, offset);
            self.out.node_mut(y).kind = Kind::Conv { op, x, implicit };
            *first = Some(comm);
            return receive;
        }
        let init = self.out.take_init(comm);
        let receive = self.select_recv(x, y, define, offset);
        for stmt in &init {
            if let Kind::Declare(var) = self.out.kind(*stmt) {
                self.out.vars[var].definition = Some(receive);
            }
        }
        self.out.prepend_init(receive, &init);
        receive
    }

    fn select_recv(&mut self, x: NodeId, recv: NodeId, define: bool, offset: u32) -> NodeId {
        let blank = self.stmt_node(Kind::Blank, offset);
        let lhs = self.nodes(&[x, blank]);
        let rhs = self.nodes(&[recv]);
        let kind = Kind::AssignList {
            op: ListOp::SelectRecv,
            lhs,
            rhs,
            define,
        };
        self.stmt_node(kind, offset)
    }

    fn as_select_recv(&mut self, stmt: NodeId) -> NodeId {
        if let Kind::AssignList {
            lhs, rhs, define, ..
        } = self.out.kind(stmt)
        {
            self.out.node_mut(stmt).kind = Kind::AssignList {
                op: ListOp::SelectRecv,
                lhs,
                rhs,
                define,
            };
        }
        stmt
    }
}
