//! Loop variables that are new in each iteration.
//!
//! Only variables whose address is taken in the loop, or that a function literal captures, are made so, by
//! rewriting the loop: of a `range` a temporary takes the value and the body starts with `x := tmp`; of a loop
//! with three clauses
//!
//! ```text
//! for z := 0; z < n; z++ { body }
//! ```
//!
//! becomes
//!
//! ```text
//! for tmp, first := 0, true; ; {
//!     z := tmp
//!     if first { first = false } else { z++ }
//!     if !(z < n) { break }
//!     body
//!     tmp = z
//! }
//! ```
//!
//! In gc `continue` becomes a jump to the last assignment. Here it stays: no later pass follows jumps forward.
//!
//! Source: cmd/compile/internal/loopvar/loopvar.go, go1.27.3.

use go_syntax::BranchKind;
use go_types::constant::Value;
use go_types::{Pos, TypeId, TypeKind};
use rustc_hash::FxHashMap;

use crate::func::{FuncId, Package, VarId};
use crate::node::{ConvOp, Kind, NodeId, Nodes, UnaryOp};

/// Go 1.22.
const FIRST_VERSION: u16 = 22;

/// Rewrites the loops of all functions of the package.
pub fn separate_loop_vars(store: &go_types::Store, package: &mut Package) {
    for func in package.funcs.ids() {
        let mut visitor = Visitor {
            store,
            package,
            func,
            leaked: FxHashMap::default(),
            loop_depth: 0,
            return_depth: 0,
            declarations: FxHashMap::default(),
        };
        let body = visitor
            .package
            .list(visitor.package.funcs[func].body)
            .to_vec();
        for stmt in &body {
            visitor.visit(*stmt);
        }
        let moved = visitor.declarations;
        if !moved.is_empty() {
            for stmt in body {
                move_declarations(package, stmt, &moved);
            }
        }
    }
}

/// Declarations of separated variables go to the assignments that now define these.
fn move_declarations(package: &mut Package, root: NodeId, moved: &FxHashMap<VarId, NodeId>) {
    let mut holders = Vec::new();
    package.walk(root, &mut |id| {
        let declares = package.init(id).iter().any(
            |stmt| matches!(package.kind(*stmt), Kind::Declare(var) if moved.contains_key(&var)),
        );
        if declares {
            holders.push(id);
        }
        true
    });
    for holder in holders {
        let mut rest = Vec::new();
        for stmt in package.init(holder).to_vec() {
            match package.kind(stmt) {
                Kind::Declare(var)
                    if let Some(to) = moved.get(&var)
                        && *to != holder =>
                {
                    package.prepend_init(*to, &[stmt]);
                }
                _ => rest.push(stmt),
            }
        }
        package.set_init(holder, &rest);
    }
}

struct Visitor<'a> {
    store: &'a go_types::Store,
    package: &'a mut Package,
    func: FuncId,
    /// Loop variables met, and whether something may hold on to them.
    leaked: FxHashMap<VarId, bool>,
    loop_depth: u32,
    /// The depth of the innermost `return` around.
    return_depth: u32,
    /// The new definitions of separated variables.
    declarations: FxHashMap<VarId, NodeId>,
}

impl Visitor<'_> {
    fn visit(&mut self, id: NodeId) {
        match self.package.kind(id) {
            Kind::Closure(func) if self.return_depth < self.loop_depth => {
                for captured in self.package.funcs[func].captured.clone() {
                    let var = self.package.canonical(captured);
                    self.leaked.entry(var).and_modify(|leaked| *leaked = true);
                }
                self.visit_children(id);
            }
            Kind::Addr { x, .. } if self.return_depth < self.loop_depth => {
                if let Kind::Var(var) = self.package.kind(self.outer_value(x)) {
                    self.leaked.entry(var).and_modify(|leaked| *leaked = true);
                }
                self.visit_children(id);
            }
            Kind::Return(_) => {
                let outer = std::mem::replace(&mut self.return_depth, self.loop_depth);
                self.visit_children(id);
                self.return_depth = outer;
            }
            Kind::Range { key, value, .. } if self.defines(id) && self.is_distinct(id) => {
                for target in [key, value].into_iter().flatten() {
                    self.note(target);
                }
                self.visit_loop(id);
                self.separate_range(id);
            }
            Kind::For { .. } if self.is_distinct(id) => {
                for target in self.defined_in_init(id) {
                    self.note(target);
                }
                self.visit_loop(id);
                self.separate_for(id);
            }
            _ => self.visit_children(id),
        }
    }

    fn visit_children(&mut self, id: NodeId) {
        let mut children = Vec::new();
        self.package.children(id, |child| children.push(child));
        for child in children {
            self.visit(child);
        }
    }

    fn visit_loop(&mut self, id: NodeId) {
        self.loop_depth += 1;
        self.visit_children(id);
        self.loop_depth -= 1;
    }

    /// Whether the language version of the loop's file separates loop variables.
    fn is_distinct(&self, id: NodeId) -> bool {
        let file = self.package.node(id).pos.file;
        let version = self.store.files.get(file).map_or(0, |file| file.go_version);
        version == 0 || version >= FIRST_VERSION
    }

    /// Whether a range statement declares its variables.
    fn defines(&self, id: NodeId) -> bool {
        let init = self.package.init(id);
        init.iter()
            .any(|stmt| matches!(self.package.kind(*stmt), Kind::Declare(_)))
    }

    fn defined_in_init(&self, id: NodeId) -> Vec<NodeId> {
        let mut targets = Vec::new();
        for stmt in self.package.init(id) {
            match self.package.kind(*stmt) {
                Kind::Assign {
                    x, define: true, ..
                } => targets.push(x),
                Kind::AssignList {
                    lhs, define: true, ..
                } => targets.extend(self.package.list(lhs)),
                _ => {}
            }
        }
        targets
    }

    fn note(&mut self, target: NodeId) {
        if let Kind::Var(var) = self.package.kind(target) {
            self.leaked.insert(var, false);
        }
    }

    fn outer_value(&self, mut id: NodeId) -> NodeId {
        loop {
            id = match self.package.kind(id) {
                Kind::Dot {
                    x, pointer: false, ..
                }
                | Kind::Conv {
                    op: ConvOp::Nop, x, ..
                } => x,
                Kind::Index { x, .. } if self.is_array(self.package.typ(x)) => x,
                _ => return id,
            };
        }
    }

    fn is_array(&self, typ: TypeId) -> bool {
        let kind = match self.store.unaliased(typ) {
            TypeKind::Named(id) => match self.store.named(id).underlying {
                Some(under) => self.store.kind(under),
                None => return false,
            },
            kind => kind,
        };
        matches!(kind, TypeKind::Array { .. })
    }

    /// The variable, if it is one that must be separated.
    fn leaking(&self, target: NodeId) -> Option<VarId> {
        match self.package.kind(target) {
            Kind::Var(var) if self.leaked.get(&var) == Some(&true) => Some(var),
            _ => None,
        }
    }

    /// `x := from`, as the definition of x.
    fn definition(&mut self, var: VarId, from: VarId, pos: Pos) -> NodeId {
        let (x, y) = (self.name(var, pos), self.name(from, pos));
        let kind = Kind::Assign {
            x,
            y: Some(y),
            define: true,
        };
        let assign = self.package.add(kind, TypeId::INVALID, pos);
        self.declarations.insert(var, assign);
        assign
    }

    fn name(&mut self, var: VarId, pos: Pos) -> NodeId {
        let typ = self.package.vars[var].typ;
        self.package.add(Kind::Var(var), typ, pos)
    }

    fn stmt(&mut self, kind: Kind, pos: Pos) -> NodeId {
        self.package.add(kind, TypeId::INVALID, pos)
    }

    fn separate_range(&mut self, id: NodeId) {
        let Kind::Range {
            x,
            mut key,
            mut value,
            body,
        } = self.package.kind(id)
        else {
            return;
        };
        let pos = self.package.node(id).pos;
        let mut first = Vec::new();
        for target in [&mut key, &mut value] {
            let Some(var) = target.and_then(|target| self.leaking(target)) else {
                continue;
            };
            let typ = self.package.vars[var].typ;
            let temporary = self.package.temporary(self.func, typ, pos);
            first.insert(0, self.definition(var, temporary, pos));
            *target = Some(self.name(temporary, pos));
        }
        if first.is_empty() {
            return;
        }
        first.extend_from_slice(self.package.list(body));
        let body = self.package.add_list(&first);
        let kind = Kind::Range {
            x,
            key,
            value,
            body,
        };
        self.package.set_kind(id, kind);
    }

    fn separate_for(&mut self, id: NodeId) {
        let Kind::For { cond, post, body } = self.package.kind(id) else {
            return;
        };
        let pos = self.package.node(id).pos;
        let mut vars = Vec::new();
        for target in self.defined_in_init(id) {
            vars.extend(self.leaking(target));
        }
        if vars.is_empty() {
            return;
        }
        let (mut stmts, mut last) = (Vec::new(), Vec::new());
        let mut carriers = FxHashMap::default();
        for var in vars {
            let typ = self.package.vars[var].typ;
            let carrier = self.package.temporary(self.func, typ, pos);
            carriers.insert(var, carrier);
            let define = self.definition(var, carrier, pos);
            self.package.vars[var].definition = Some(define);
            stmts.push(define);
            let (x, y) = (self.name(carrier, pos), self.name(var, pos));
            let kind = Kind::Assign {
                x,
                y: Some(y),
                define: false,
            };
            last.push(self.stmt(kind, pos));
        }
        self.carry_in_init(id, &carriers);
        if let Some(post) = post {
            self.step(id, post, &mut stmts, pos);
        }
        if let Some(cond) = cond {
            stmts.push(self.leave_unless(cond, pos));
        }
        stmts.extend_from_slice(self.package.list(body));
        stmts.extend(last);
        let body = self.package.add_list(&stmts);
        let kind = Kind::For {
            cond: None,
            post: None,
            body,
        };
        self.package.set_kind(id, kind);
    }

    /// The initial values go to the temporaries.
    fn carry_in_init(&mut self, id: NodeId, carriers: &FxHashMap<VarId, VarId>) {
        for stmt in self.package.init(id).to_vec() {
            let pos = self.package.node(stmt).pos;
            match self.package.kind(stmt) {
                Kind::Assign { x, y, define: true } => {
                    if let Kind::Var(var) = self.package.kind(x)
                        && let Some(carrier) = carriers.get(&var)
                    {
                        let x = self.name(*carrier, pos);
                        let kind = Kind::Assign { x, y, define: true };
                        self.package.set_kind(stmt, kind);
                    }
                }
                Kind::AssignList {
                    lhs, define: true, ..
                } => {
                    for index in 0..lhs.len() {
                        if let Kind::Var(var) = self.package.kind(self.package.list(lhs)[index])
                            && let Some(carrier) = carriers.get(&var)
                        {
                            let x = self.name(*carrier, pos);
                            self.package.set_in_list(lhs, index, x);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `if first { first = false } else { post }`
    fn step(&mut self, id: NodeId, post: NodeId, stmts: &mut Vec<NodeId>, pos: Pos) {
        let first = self.package.temporary(self.func, TypeId::BOOL, pos);
        let set = |visitor: &mut Self, value| {
            let x = visitor.name(first, pos);
            let literal = visitor.package.add_literal(Value::Bool(value));
            let y = (visitor.package).add(Kind::Literal(literal), TypeId::BOOL, pos);
            let kind = Kind::Assign {
                x,
                y: Some(y),
                define: false,
            };
            visitor.stmt(kind, pos)
        };
        let (clear, start) = (set(self, false), set(self, true));
        let cond = self.name(first, pos);
        let then = self.package.add_list(&[clear]);
        let els = self.package.add_list(&[post]);
        let step = self.stmt(Kind::If { cond, then, els }, pos);
        let declaration = self.stmt(Kind::Declare(first), pos);
        self.package.prepend_init(step, &[declaration]);
        stmts.push(step);
        let mut init = self.package.init(id).to_vec();
        init.push(start);
        self.package.set_init(id, &init);
    }

    /// `if !cond { break }`
    fn leave_unless(&mut self, cond: NodeId, pos: Pos) -> NodeId {
        let node = *self.package.node(cond);
        let not = Kind::Unary {
            op: UnaryOp::Not,
            x: cond,
        };
        let not = self.package.add(not, node.typ, node.pos);
        let leave = Kind::Branch {
            kind: BranchKind::Break,
            label: None,
        };
        let leave = self.stmt(leave, pos);
        let then = self.package.add_list(&[leave]);
        let els = Nodes::EMPTY;
        let kind = Kind::If {
            cond: not,
            then,
            els,
        };
        self.stmt(kind, pos)
    }
}
