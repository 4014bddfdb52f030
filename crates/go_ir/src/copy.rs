//! Copies of function bodies, from one package into another.
//!
//! gc inlines by reading the callee once more into a function that begins with the callee's parameters and
//! results. So numbers of temporaries and the order of variables and closures are those of the first reading, and a
//! copy of the body as it was before any inlining gives the same.

use std::sync::Arc;

use go_syntax::Symbol;
use go_types::{PkgId, Pos, TypeId};
use rustc_hash::FxHashMap;

use crate::body::Body;
use crate::func::{Class, Func, FuncId, Package, Var, VarId, Wrapper};
use crate::node::{InlineId, Kind, ListOp, NodeId, Nodes};

/// What becomes of `return` in an inlined body.
#[derive(Clone, Debug)]
pub(crate) struct Returns {
    /// Where the replaced call stands.
    pub(crate) pos: Pos,
    pub(crate) inline: Option<InlineId>,
    pub(crate) results: Vec<VarId>,
    /// Results are declared where they are returned.
    pub(crate) delayed: bool,
    pub(crate) label: Symbol,
}

/// Copies functions.
pub(crate) struct Copier<'a> {
    from: &'a Package,
    to: &'a mut Package,
    /// The function that the copy is for.
    func: FuncId,
    pub(crate) vars: FxHashMap<VarId, VarId>,
    funcs: FxHashMap<FuncId, FuncId>,
    /// Copies of statements that define variables.
    definitions: FxHashMap<NodeId, NodeId>,
    /// The call that is replaced, for what is copied.
    pub(crate) inline: Option<InlineId>,
    /// Nodes keep their places all the same.
    pub(crate) stays: bool,
    pub(crate) returns: Option<Returns>,
    /// Makes the labels of an inlined body others than those around it.
    pub(crate) label_suffix: Option<u32>,
    /// The body that is copied from, for closures, which may be inlined in their turn.
    pub(crate) body: Option<Arc<Body>>,
    /// Its package, if it is another than the one copied to.
    pub(crate) foreign: Option<PkgId>,
    /// Variables are called as they were.
    pub(crate) keeps_names: bool,
    /// Closures that were copied.
    pub(crate) closures: Vec<FuncId>,
    /// Prefixes of names of closures: that of the function copied, and what it becomes.
    renamed: Option<(String, String)>,
}

/// The function without variables and statements.
pub(crate) fn empty_like(func: &Func) -> Func {
    Func {
        recv: None,
        params: Vec::new(),
        results: Vec::new(),
        declared: Vec::new(),
        captured: Vec::new(),
        parent: None,
        body: Nodes::EMPTY,
        pristine: None,
        ..func.clone()
    }
}

impl<'a> Copier<'a> {
    pub(crate) fn new(from: &'a Package, to: &'a mut Package, func: FuncId) -> Self {
        Self {
            from,
            to,
            func,
            vars: FxHashMap::default(),
            funcs: FxHashMap::default(),
            definitions: FxHashMap::default(),
            inline: None,
            stays: false,
            returns: None,
            label_suffix: None,
            body: None,
            foreign: None,
            keeps_names: false,
            closures: Vec::new(),
            renamed: None,
        }
    }

    /// Fills the function that the copy is for: variables, captured ones too, and body.
    pub(crate) fn function(&mut self, from: FuncId) {
        let source = self.from;
        let func = &source.funcs[from];
        for captured in &func.captured {
            let var = self.var(*captured, source.vars[*captured].class);
            self.to.funcs[self.func].captured.push(var);
        }
        self.declared(from, false);
        let mapped = |vars: &FxHashMap<VarId, VarId>, list: &[VarId]| -> Vec<VarId> {
            list.iter().map(|var| vars[var]).collect()
        };
        let target = &mut self.to.funcs[self.func];
        target.recv = func.recv.map(|recv| self.vars[&recv]);
        target.params = mapped(&self.vars, &func.params);
        target.results = mapped(&self.vars, &func.results);
        let body = self.list(func.body);
        self.to.funcs[self.func].body = body;
        self.define(from);
    }

    /// Copies the variables that a function declares; those of an inlined one become locals.
    pub(crate) fn declared(&mut self, from: FuncId, inlined: bool) {
        let source = self.from;
        for declared in &source.funcs[from].declared {
            let class = if inlined {
                Class::Local
            } else {
                source.vars[*declared].class
            };
            let var = self.var(*declared, class);
            self.to.funcs[self.func].declared.push(var);
        }
    }

    /// Enters the copies of the statements that declare the variables of a function.
    pub(crate) fn define(&mut self, from: FuncId) {
        let source = self.from;
        for declared in &source.funcs[from].declared {
            let definition = source.vars[*declared].definition;
            let copy = definition.and_then(|stmt| self.definitions.get(&stmt));
            if copy.is_some() {
                self.to.vars[self.vars[declared]].definition = copy.copied();
            }
        }
    }

    fn var(&mut self, from: VarId, class: Class) -> VarId {
        let var = Var {
            class,
            func: self.func,
            outer: self.from.vars[from]
                .outer
                .and_then(|outer| self.vars.get(&outer))
                .copied(),
            definition: None,
            inline: self.inline,
            foreign: if self.keeps_names {
                self.from.vars[from].foreign
            } else {
                self.foreign
            },
            ..self.from.vars[from].clone()
        };
        let copy = self.to.vars.push(var);
        self.vars.insert(from, copy);
        copy
    }

    pub(crate) fn list(&mut self, list: Nodes) -> Nodes {
        let source = self.from;
        if list.is_empty() {
            return self.to.add_list(&[]);
        }
        let copies: Vec<NodeId> = source.list(list).iter().map(|id| self.node(*id)).collect();
        self.to.add_list(&copies)
    }

    fn optional(&mut self, id: Option<NodeId>) -> Option<NodeId> {
        id.map(|id| self.node(id))
    }

    fn node(&mut self, id: NodeId) -> NodeId {
        let source = self.from;
        let node = source.node(id);
        let init: Vec<NodeId> = (source.init(id).iter()).map(|id| self.node(*id)).collect();
        if let (Kind::Return(values), Some(returns)) = (node.kind, self.returns.clone()) {
            return self.returned(values, init, &returns);
        }
        let kind = self.kind(node.kind);
        let inline = self.inline.filter(|_| !self.stays);
        let copy = self.to.add_inlined(kind, node.typ, node.pos, inline);
        self.to.prepend_init(copy, &init);
        if let Some(funcs) = source.mentions(id) {
            self.to.mention(copy, funcs);
        }
        if matches!(
            kind,
            Kind::Assign { .. }
                | Kind::AssignList { .. }
                | Kind::Range { .. }
                | Kind::TypeGuard { .. }
        ) {
            self.definitions.insert(id, copy);
        }
        copy
    }

    /// Instead of a `return`: what it evaluates goes to the results, and control to the end.
    fn returned(&mut self, values: Nodes, mut block: Vec<NodeId>, returns: &Returns) -> NodeId {
        let stmt = |to: &mut Package, kind| {
            to.add_inlined(kind, TypeId::INVALID, returns.pos, returns.inline)
        };
        if !values.is_empty() {
            let rhs = self.list(values);
            if returns.delayed {
                for var in &returns.results {
                    block.push(stmt(self.to, Kind::Declare(*var)));
                }
            }
            let lhs: Vec<NodeId> = (returns.results.iter())
                .map(|var| {
                    let Var { typ, pos, .. } = self.to.vars[*var];
                    self.to.add_inlined(Kind::Var(*var), typ, pos, self.inline)
                })
                .collect();
            let kind = Kind::AssignList {
                op: ListOp::Each,
                lhs: self.to.add_list(&lhs),
                rhs,
                define: false,
            };
            let assign = stmt(self.to, kind);
            if returns.delayed {
                for var in &returns.results {
                    self.to.vars[*var].definition = Some(assign);
                }
            }
            block.push(assign);
        }
        let goto = Kind::Branch {
            kind: go_syntax::BranchKind::Goto,
            label: Some(returns.label),
        };
        block.push(stmt(self.to, goto));
        let block = self.to.add_list(&block);
        stmt(self.to, Kind::Block(block))
    }

    fn closure(&mut self, from: FuncId) -> FuncId {
        if let Some(copy) = self.funcs.get(&from) {
            return *copy;
        }
        let outermost = self.renamed.is_none();
        let func = Func {
            name: self.closure_name(from),
            parent: Some(self.func),
            pristine: self.body.clone().map(|body| (body, from)),
            foreign: self.foreign,
            copied: self.body.is_some(),
            inline: self.inline.filter(|_| self.body.is_some()),
            ..empty_like(&self.from.funcs[from])
        };
        let copy = self.to.funcs.push(func);
        self.funcs.insert(from, copy);
        self.closures.push(copy);
        // What is inside keeps its own positions and labels.
        let outer = (
            std::mem::replace(&mut self.func, copy),
            self.returns.take(),
            self.label_suffix.take(),
        );
        let inline = self.inline;
        let source = self.from;
        for captured in &source.funcs[from].captured {
            let var = self.var(*captured, Class::Captured);
            if source.funcs[from].wrapper == Wrapper::Curried {
                self.to.vars[var].inline = None;
            }
            self.to.funcs[copy].captured.push(var);
        }
        self.inline = None;
        self.closure_body(from, copy);
        self.inline = inline;
        (self.func, self.returns, self.label_suffix) = outer;
        if outermost {
            self.renamed = None;
        }
        copy
    }

    /// The name of a closure's copy. What is between the function that is inlined and the number tells whether the
    /// function around the copy is a closure: `F.func1` inlined into one is `F.1`.
    fn closure_name(&mut self, from: FuncId) -> String {
        let source = self.from;
        let func = &source.funcs[from];
        if let Some((old, new)) = &self.renamed {
            return match func.name.strip_prefix(old.as_str()) {
                Some(rest) => format!("{new}{rest}"),
                None => func.name.clone(),
            };
        }
        let name = func.parent.map(|parent| source.funcs[parent].name.as_str());
        let rest = name.and_then(|name| func.name.strip_prefix(name)?.strip_prefix('.'));
        let number = rest.map(|rest| rest.strip_prefix("func").unwrap_or(rest));
        let copy = match (name, number) {
            (Some(name), Some(number))
                if self.inline.is_some() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                let in_closure = self.to.funcs[self.func].parent.is_some();
                format!("{name}.{}{number}", if in_closure { "" } else { "func" })
            }
            _ => func.name.clone(),
        };
        self.renamed = Some((func.name.clone(), copy.clone()));
        copy
    }

    fn closure_body(&mut self, from: FuncId, copy: FuncId) {
        let source = self.from;
        let func = &source.funcs[from];
        self.declared(from, false);
        let target = &mut self.to.funcs[copy];
        target.recv = func.recv.map(|recv| self.vars[&recv]);
        target.params = func.params.iter().map(|var| self.vars[var]).collect();
        target.results = func.results.iter().map(|var| self.vars[var]).collect();
        let body = self.list(func.body);
        self.to.funcs[copy].body = body;
        self.define(from);
    }

    fn label(&self, label: Symbol) -> Symbol {
        match self.label_suffix {
            Some(suffix) if label.as_str() != "_" => {
                Symbol::intern(&format!("~{}·{suffix}", label.as_str()))
            }
            _ => label,
        }
    }

    /// The kind with copies of its children.
    fn kind(&mut self, kind: Kind) -> Kind {
        match kind {
            Kind::Var(var) => Kind::Var(self.vars.get(&var).copied().unwrap_or(var)),
            Kind::Declare(var) => Kind::Declare(self.vars[&var]),
            Kind::Closure(func) => Kind::Closure(self.closure(func)),
            Kind::Literal(value) => {
                let value = self.from.literal(value).clone();
                Kind::Literal(self.to.add_literal(value))
            }
            Kind::Branch { kind, label } => Kind::Branch {
                kind,
                label: label.map(|label| self.label(label)),
            },
            Kind::Label(label) => Kind::Label(self.label(label)),
            Kind::Case { var, exprs, body } => Kind::Case {
                var: var.map(|var| self.vars[&var]),
                exprs: self.list(exprs),
                body: self.list(body),
            },
            Kind::Call { fun, args, spread } if self.from.imprecise.contains(&fun) => {
                // What it is called of was read before it.
                let source = self.from;
                let mut copies = Vec::new();
                let mut args = source.list(args).iter();
                copies.extend(args.next().map(|receiver| self.node(*receiver)));
                let fun = self.node(fun);
                self.to.imprecise.push(fun);
                copies.extend(args.map(|arg| self.node(*arg)));
                let args = self.to.add_list(&copies);
                Kind::Call { fun, args, spread }
            }
            other => self.children_of(other),
        }
    }
}

/// Copies of the children alone.
impl Copier<'_> {
    fn children_of(&mut self, kind: Kind) -> Kind {
        match kind {
            Kind::Addr { x, implicit } => Kind::Addr {
                x: self.node(x),
                implicit,
            },
            Kind::PtrLit(x) => Kind::PtrLit(self.node(x)),
            Kind::Deref { x, implicit } => Kind::Deref {
                x: self.node(x),
                implicit,
            },
            Kind::Dot { x, field, pointer } => Kind::Dot {
                x: self.node(x),
                field,
                pointer,
            },
            Kind::DotInter { x, method } => Kind::DotInter {
                x: self.node(x),
                method,
            },
            Kind::MethodValue { x, method } => Kind::MethodValue {
                x: self.node(x),
                method,
            },
            Kind::MethodExpr { x, method } => Kind::MethodExpr {
                x: self.node(x),
                method,
            },
            Kind::Index { x, index } => Kind::Index {
                x: self.node(x),
                index: self.node(index),
            },
            Kind::IndexMap { x, key } => Kind::IndexMap {
                x: self.node(x),
                key: self.node(key),
            },
            Kind::Slice { x, low, high, max } => Kind::Slice {
                x: self.node(x),
                low: self.optional(low),
                high: self.optional(high),
                max: self.optional(max),
            },
            Kind::TypeAssert { x, comma_ok, words } => Kind::TypeAssert {
                x: self.node(x),
                comma_ok,
                words: self.list(words),
            },
            Kind::DynamicType(x) => Kind::DynamicType(self.node(x)),
            Kind::Conv { op, x, implicit } => Kind::Conv {
                op,
                x: self.node(x),
                implicit,
            },
            Kind::Unary { op, x } => Kind::Unary {
                op,
                x: self.node(x),
            },
            Kind::Binary { op, x, y } => Kind::Binary {
                op,
                x: self.node(x),
                y: self.node(y),
            },
            Kind::Logical { and, x, y } => Kind::Logical {
                and,
                x: self.node(x),
                y: self.node(y),
            },
            Kind::AddStr(list) => Kind::AddStr(self.list(list)),
            Kind::CompLit { op, elems } => Kind::CompLit {
                op,
                elems: self.list(elems),
            },
            Kind::Key { key, value } => Kind::Key {
                key: self.node(key),
                value: self.node(value),
            },
            Kind::StructKey { field, value } => Kind::StructKey {
                field,
                value: self.node(value),
            },
            Kind::Call { fun, args, spread } => Kind::Call {
                fun: self.node(fun),
                args: self.list(args),
                spread,
            },
            Kind::InlinedCall { body, results } => Kind::InlinedCall {
                body: self.list(body),
                results: self.list(results),
            },
            Kind::Builtin { op, args, spread } => Kind::Builtin {
                op,
                args: self.list(args),
                spread,
            },
            Kind::Make { len, cap } => Kind::Make {
                len: self.optional(len),
                cap: self.optional(cap),
            },
            other => self.stmt_children(other),
        }
    }

    fn stmt_children(&mut self, kind: Kind) -> Kind {
        match kind {
            Kind::Assign { x, y, define } => Kind::Assign {
                x: self.node(x),
                y: self.optional(y),
                define,
            },
            Kind::AssignOp { op, x, y, inc_dec } => Kind::AssignOp {
                op,
                x: self.node(x),
                y: self.node(y),
                inc_dec,
            },
            Kind::AssignList {
                op,
                lhs,
                rhs,
                define,
            } => Kind::AssignList {
                op,
                lhs: self.list(lhs),
                rhs: self.list(rhs),
                define,
            },
            Kind::Block(list) => Kind::Block(self.list(list)),
            Kind::If { cond, then, els } => Kind::If {
                cond: self.node(cond),
                then: self.list(then),
                els: self.list(els),
            },
            Kind::For { cond, post, body } => Kind::For {
                cond: self.optional(cond),
                post: self.optional(post),
                body: self.list(body),
            },
            Kind::Range {
                x,
                key,
                value,
                body,
            } => Kind::Range {
                x: self.node(x),
                key: self.optional(key),
                value: self.optional(value),
                body: self.list(body),
            },
            Kind::Return(list) => Kind::Return(self.list(list)),
            Kind::Send { chan, value } => Kind::Send {
                chan: self.node(chan),
                value: self.node(value),
            },
            Kind::Select(list) => Kind::Select(self.list(list)),
            Kind::Comm { comm, body } => Kind::Comm {
                comm: self.optional(comm),
                body: self.list(body),
            },
            Kind::Switch { tag, clauses } => Kind::Switch {
                tag: self.optional(tag),
                clauses: self.list(clauses),
            },
            Kind::TypeGuard { bind, x } => Kind::TypeGuard {
                bind,
                x: self.node(x),
            },
            Kind::Go(x) => Kind::Go(self.node(x)),
            Kind::Defer { call, at } => Kind::Defer {
                call: self.node(call),
                at: self.optional(at),
            },
            other => other,
        }
    }
}
