//! From syntax to events.
//!
//! Statements become blocks and edges (`stmt`, `branch`, `loops`), expressions events and nodes (`expr`), calls the events of what is
//! called (`call`).

mod branch;
mod call;
mod expr;
mod loops;
mod stmt;

use base::IndexVec;
use go_syntax::{Ast, DeclKind, ExprId, ExprKind, FuncDecl, SpecKind, StmtId, Symbol};
use go_types::{Def, FileInfo, ObjKind, Store, TypeId, TypeKind, VarKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{
    At, Block, BlockId, Call, Callee, Edge, Event, EventKind, Exit, Fact, Func, FuncId, Loop, Mode,
    Op, Operand, ResultType,
};
use crate::nodes::{Escape, NodeId, NodeKey};
use crate::objects::{ObjId, Reader, Text, text};
use crate::program::{Place, Program, SourceFile};
use crate::types::{Shape, Types, type_name};

/// A body with more blocks is cut off here: what follows is not seen.
const MAX_BLOCKS: usize = 20_000;

/// Expressions and statements nested deeper are not looked into.
const MAX_DEPTH: u32 = 3_000;

/// Reads the bodies of a file into the package's part; `rest` is what was read before.
pub(crate) fn file(
    program: &mut Program,
    rest: &Program,
    store: &mut Store,
    objects: &Reader,
    types: &mut Types,
    source: &SourceFile<'_>,
    number: u32,
) {
    let mut lowerer = Lowerer {
        src: &source.file.src,
        ast: &source.file.ast,
        info: source.info,
        file: number,
        frame: Frame::default(),
        depth: 0,
        program,
        rest,
        store,
        objects,
        types,
    };
    let mut variables = Vec::new();
    for decl in &source.file.decls {
        match lowerer.ast.decl(*decl).kind {
            DeclKind::Func(func) => lowerer.declared(&func),
            DeclKind::Gen { specs, .. } => {
                variables.extend_from_slice(lowerer.ast.list(specs));
            }
            DeclKind::Bad => {}
        }
    }
    lowerer.package_variables(&variables);
}

/// Gives back what was reserved for more: blocks and events are kept for all functions of a program.
fn trim(blocks: &mut IndexVec<BlockId, Block>) {
    for block in blocks.ids() {
        let block = &mut blocks[block];
        block.events.shrink_to_fit();
        block.edges.shrink_to_fit();
        for event in &mut block.events {
            if let EventKind::Call(call) = &mut event.kind {
                call.args.shrink_to_fit();
                call.targets.shrink_to_fit();
            }
        }
    }
}

/// Names of the methods of the type that a method is of.
pub(crate) fn methods(store: &Store, method: go_types::ObjId) -> Vec<Text> {
    let signature = store.as_signature(store.obj_type(method));
    let recv = signature.and_then(|it| it.recv);
    let named = recv.and_then(|recv| store.as_named(store.deref(store.obj_type(recv)).0));
    let methods = named.map(|named| store.named(named).methods.iter());
    let names = methods.into_iter().flatten();
    names.map(|method| text(store.name(*method))).collect()
}

/// The types of results, as far as they matter.
fn result_types(store: &Store, results: &[go_types::ObjId]) -> Vec<ResultType> {
    let results = results.iter().map(|result| store.obj_type(*result));
    results
        .map(|typ| ResultType {
            name: type_name(store, typ).map_or("", |name| text(&name)),
            is_made: matches!(store.kind(typ), TypeKind::Pointer(_) | TypeKind::Named(_)),
        })
        .collect()
}

/// A declared function without its body.
pub(crate) fn signature(
    store: &Store,
    objects: &Reader,
    obj: go_types::ObjId,
    is_main: bool,
) -> Func {
    let signature = store.as_signature(store.obj_type(obj)).unwrap_or_default();
    let recv = signature.recv.iter();
    let params: Vec<ObjId> = (recv.chain(store.objs(signature.params)))
        .map(|param| objects.id(store, *param))
        .collect();
    let name = store.name(obj).to_owned();
    let recv = signature.recv.map(|recv| {
        let (base, pointer) = store.deref(store.obj_type(recv));
        let name = store
            .as_named(base)
            .map(|id| store.name(store.named(id).obj).to_owned());
        (name.unwrap_or_default(), pointer)
    });
    let upper = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
    let is_exported = upper(&name) && !is_main;
    let is_entry = recv.is_none() && (name == "init" || is_main && name == "main");
    let context_params = (params.iter().copied())
        .filter(|param| objects.get(*param).typ == "context.Context")
        .collect();
    Func {
        name: match &recv {
            Some((typ, true)) => format!("(*{typ}).{name}"),
            Some((typ, false)) => format!("{typ}.{name}"),
            None => name,
        },
        package: 0,
        obj: Some(objects.id(store, obj)),
        parent: None,
        has_recv: recv.is_some(),
        params,
        results: result_types(store, store.objs(signature.results)),
        blocks: IndexVec::new(),
        loops: Vec::new(),
        calls_recover: false,
        recovers: false,
        exported: is_exported,
        is_entry,
        context_params,
    }
}

/// The function whose body is read.
#[derive(Default)]
struct Frame {
    func: Option<FuncId>,
    blocks: IndexVec<BlockId, Block>,
    /// `None` behind a jump.
    current: Option<BlockId>,
    /// Deferred calls so far.
    defers: Vec<Deferred>,
    jumps: Vec<Jump>,
    labels: FxHashMap<Symbol, BlockId>,
    /// Blocks that edges lead to.
    reached: FxHashSet<BlockId>,
    /// Of the statement that follows.
    label: Option<Symbol>,
    loops: Vec<u32>,
    all_loops: Vec<Loop>,
    results: Vec<go_types::ObjId>,
    n_results: usize,
    calls_recover: bool,
    recovers: bool,
    literals: Vec<FuncId>,
}

/// A deferred call.
#[derive(Clone)]
struct Deferred {
    call: Call,
    at: At,
    when: When,
}

/// Whether a deferred call was reached where the function ends.
#[derive(Clone, Copy)]
enum When {
    Always,
    /// If that held; without a fact it is not known.
    Sometimes(Option<Fact>),
}

/// Where `break` and `continue` lead.
struct Jump {
    label: Option<Symbol>,
    to_break: BlockId,
    to_continue: Option<BlockId>,
}

/// Takes blocks out of loops that they do not come back to: those in front of a `return` or `break`.
fn natural_loops(blocks: &mut IndexVec<BlockId, Block>, loops: &[Loop]) {
    if loops.is_empty() {
        return;
    }
    let mut before: IndexVec<BlockId, Vec<BlockId>> = blocks.iter().map(|_| Vec::new()).collect();
    let mut members: Vec<Vec<BlockId>> = vec![Vec::new(); loops.len()];
    for (id, block) in blocks.iter_enumerated() {
        for edge in &block.edges {
            before[edge.to].push(id);
        }
        for number in &block.loops {
            members[*number as usize].push(id);
        }
    }
    for (number, it) in loops.iter().enumerate() {
        let own = number as u32;
        let mut returns: FxHashSet<BlockId> = FxHashSet::default();
        let mut pending = vec![it.head];
        while let Some(block) = pending.pop() {
            for from in &before[block] {
                if blocks[*from].loops.contains(&own) && returns.insert(*from) {
                    pending.push(*from);
                }
            }
        }
        for id in members[number].iter().filter(|id| !returns.contains(id)) {
            blocks[*id].loops.retain(|number| *number != own);
        }
    }
}

struct Lowerer<'a, 'p> {
    program: &'p mut Program,
    rest: &'p Program,
    store: &'p mut Store,
    objects: &'p Reader,
    types: &'p mut Types,
    src: &'a str,
    ast: &'a Ast,
    info: &'a FileInfo,
    file: u32,
    frame: Frame,
    depth: u32,
}

/// Functions.
impl Lowerer<'_, '_> {
    fn declared(&mut self, decl: &FuncDecl) {
        let (Some(Def::Object(obj)), Some(body)) = (self.info.def(decl.name), decl.body) else {
            return;
        };
        let Some(&id) = self.program.of_obj.get(&self.obj(obj)) else {
            return;
        };
        let signature = self
            .store
            .as_signature(self.store.obj_type(obj))
            .unwrap_or_default();
        let results = self.store.objs(signature.results).to_vec();
        self.body(id, body, results);
    }

    /// Reads a body into its function.
    fn body(&mut self, id: FuncId, body: StmtId, results: Vec<go_types::ObjId>) {
        let outer = std::mem::take(&mut self.frame);
        self.frame.func = Some(id);
        self.frame.n_results = results.len();
        self.frame.results = results;
        let entry = self.new_block();
        self.frame.current = Some(entry);
        for (index, param) in self.program.funcs[id]
            .params
            .clone()
            .into_iter()
            .enumerate()
        {
            let typ = self.store.obj_type(self.objects.in_store(param));
            if self.types.carries(self.store, typ) {
                let node = self.program.nodes.of(NodeKey::Var(param));
                let class = self.program.nodes.class_mut(node);
                class.params.push((id, index as u32));
            }
        }
        self.stmts_of(body);
        let end = self.ast.range(body);
        self.exit(
            Exit::Return,
            self.at(base::TextRange::new(end.end.saturating_sub(1), end.end)),
        );
        let mut frame = std::mem::replace(&mut self.frame, outer);
        natural_loops(&mut frame.blocks, &frame.all_loops);
        trim(&mut frame.blocks);
        if frame.blocks.len() > MAX_BLOCKS {
            self.program.n_cut += 1;
        }
        let func = &mut self.program.funcs[id];
        func.blocks = frame.blocks;
        func.loops = frame.all_loops;
        func.calls_recover = frame.calls_recover;
        func.recovers = frame.recovers;
        self.program.literals.insert(id, frame.literals);
    }

    /// A function literal, as a function of its own.
    fn literal(&mut self, literal: ExprId, body: StmtId) -> FuncId {
        let typ = self.type_of(literal).unwrap_or(TypeId::INVALID);
        let signature = match self.store.under_kind(typ) {
            TypeKind::Signature(id) => self.store.sig(id),
            _ => go_types::Signature::default(),
        };
        let params = self.store.objs(signature.params).iter();
        let params: Vec<ObjId> = params.map(|param| self.obj(*param)).collect();
        let results = self.store.objs(signature.results).to_vec();
        let parent = self.frame.func;
        let (name, is_entry) = parent.map_or_else(Default::default, |parent| {
            let parent = &self.program.funcs[parent];
            (parent.name.clone(), parent.is_entry)
        });
        let context_params = (params.iter().copied())
            .filter(|param| {
                let typ = self.store.obj_type(self.objects.in_store(*param));
                self.types.shape(self.store, typ) == Shape::Context
            })
            .collect();
        let id = self.program.funcs.push(Func {
            name,
            package: 0,
            obj: None,
            parent,
            has_recv: false,
            params,
            results: result_types(self.store, &results),
            blocks: IndexVec::new(),
            loops: Vec::new(),
            calls_recover: false,
            recovers: false,
            exported: false,
            is_entry,
            context_params,
        });
        self.frame.literals.push(id);
        self.body(id, body, results);
        id
    }

    /// Initial values of package-level variables, as a function that runs before all others.
    fn package_variables(&mut self, specs: &[go_syntax::SpecId]) {
        let at = self.at(base::TextRange::empty(0));
        let id = self.program.funcs.push(Func {
            name: "init".to_owned(),
            package: 0,
            obj: None,
            parent: None,
            has_recv: false,
            params: Vec::new(),
            results: Vec::new(),
            blocks: IndexVec::new(),
            loops: Vec::new(),
            calls_recover: false,
            recovers: false,
            exported: false,
            is_entry: true,
            context_params: Vec::new(),
        });
        self.frame = Frame {
            func: Some(id),
            ..Frame::default()
        };
        let entry = self.new_block();
        self.frame.current = Some(entry);
        for spec in specs {
            if let SpecKind::Var { .. } = self.ast.spec(*spec).kind {
                self.var_spec(*spec);
            }
        }
        self.exit(Exit::Return, at);
        let mut frame = std::mem::take(&mut self.frame);
        natural_loops(&mut frame.blocks, &frame.all_loops);
        trim(&mut frame.blocks);
        self.program.funcs[id].blocks = frame.blocks;
        self.program.literals.insert(id, frame.literals);
    }
}

/// Blocks and events.
impl<'a> Lowerer<'a, '_> {
    fn at(&self, range: base::TextRange) -> At {
        At {
            file: self.file,
            range,
        }
    }

    fn at_expr(&self, expr: ExprId) -> At {
        self.at(self.ast.range(expr))
    }

    fn text(&self, expr: ExprId) -> &'a str {
        let range = self.ast.range(expr);
        let range = range.start as usize..range.end as usize;
        self.src.get(range).unwrap_or_default()
    }

    fn new_block(&mut self) -> BlockId {
        let loops = self.frame.loops.clone();
        self.frame.blocks.push(Block {
            loops,
            ..Block::default()
        })
    }

    /// The block that events go to. Behind a jump it is one that nothing leads to.
    fn here(&mut self) -> BlockId {
        if let Some(block) = self.frame.current {
            return block;
        }
        let block = self.new_block();
        self.frame.current = Some(block);
        block
    }

    fn event(&mut self, kind: EventKind, at: At) {
        if self.frame.blocks.len() > MAX_BLOCKS {
            return;
        }
        let block = self.here();
        self.frame.blocks[block].events.push(Event { kind, at });
    }

    fn op(&mut self, op: Op, operand: Operand, at: At) {
        self.event(EventKind::Op(op, operand), at);
    }

    fn edge(&mut self, from: BlockId, to: BlockId, fact: Option<Fact>) {
        self.frame.blocks[from].edges.push(Edge { to, fact });
        self.frame.reached.insert(to);
    }

    /// Control goes on at `to`, unless it cannot come here.
    fn jump(&mut self, to: BlockId) {
        if let Some(from) = self.frame.current.take() {
            self.edge(from, to, None);
        }
    }

    /// The function ends here, after its deferred calls.
    fn exit(&mut self, exit: Exit, at: At) {
        if self.frame.current.is_none() {
            return;
        }
        if exit != Exit::Never {
            let defers = self.frame.defers.clone();
            for Deferred { call, at, when } in defers.into_iter().rev() {
                let kind = match call.callee {
                    Callee::Op(op, operand) => EventKind::Op(op, operand),
                    _ => EventKind::Call(Box::new(Call {
                        mode: Mode::Deferred,
                        ..call
                    })),
                };
                let When::Sometimes(fact) = when else {
                    self.event(kind, at);
                    continue;
                };
                let before = self.here();
                let with = self.new_block();
                let after = self.new_block();
                self.edge(before, with, fact);
                self.edge(before, after, fact.map(Fact::negated));
                self.frame.blocks[with].events.push(Event { kind, at });
                self.edge(with, after, None);
                self.frame.current = Some(after);
            }
        }
        let block = self.here();
        self.frame.blocks[block].exit = Some((exit, at));
        self.frame.current = None;
    }
}

/// Types, nodes and places.
impl Lowerer<'_, '_> {
    fn type_of(&self, expr: ExprId) -> Option<TypeId> {
        self.info.type_of(expr).map(|it| it.typ)
    }

    fn carries(&mut self, typ: TypeId) -> bool {
        self.types.carries(self.store, typ)
    }

    fn obj(&self, obj: go_types::ObjId) -> ObjId {
        self.objects.id(self.store, obj)
    }

    /// The node of a variable; variables that others can change are open.
    fn var_node(&mut self, var: go_types::ObjId) -> NodeId {
        let key = NodeKey::Var(self.obj(var));
        let is_new = self.program.nodes.find(key).is_none();
        let node = self.program.nodes.of(key);
        if is_new {
            let object = self.store.obj(var);
            if matches!(
                object.kind,
                ObjKind::Var {
                    kind: VarKind::Package,
                    ..
                }
            ) {
                self.program.nodes.class_mut(node).fixed = true;
                if self.is_open_name(var) {
                    self.program.nodes.escape(node, Escape::Exported, None);
                }
            }
        }
        node
    }

    /// The node of a field, the same in all instances of a generic struct.
    fn field_node(&mut self, field: go_types::ObjId) -> NodeId {
        let key = NodeKey::Field(self.obj(field));
        let is_new = self.program.nodes.find(key).is_none();
        let node = self.program.nodes.of(key);
        if is_new && self.is_open_name(field) {
            self.program.nodes.escape(node, Escape::Exported, None);
        }
        node
    }

    /// Whether packages that are not analysed can use the name.
    fn is_open_name(&self, obj: go_types::ObjId) -> bool {
        let is_exported = self
            .store
            .name(obj)
            .chars()
            .next()
            .is_some_and(char::is_uppercase);
        let own = self.store.obj(obj).pkg;
        let is_main =
            own.is_some_and(|pkg| self.store.names.text(self.store.packages[pkg].name) == "main");
        is_exported && !is_main
    }

    /// Of a field or method of an instance, that of the generic type.
    fn origin(&self, obj: go_types::ObjId) -> go_types::ObjId {
        let mut obj = obj;
        for _ in 0..8 {
            match self.store.obj(obj).kind {
                ObjKind::Var {
                    origin: Some(origin),
                    ..
                }
                | ObjKind::Func {
                    origin: Some(origin),
                    ..
                } => obj = origin,
                _ => break,
            }
        }
        obj
    }

    /// The place of a field of `base`.
    fn select(&mut self, base: Operand, field: go_types::ObjId) -> Option<crate::ir::PlaceId> {
        let mut place: Place = match (base.place, base.var) {
            (Some(id), _) => self.program.place_of(id).clone(),
            (None, Some(root)) => Place {
                root,
                fields: Vec::new(),
            },
            (None, None) => return None,
        };
        if place.fields.len() >= 8 {
            return None;
        }
        place.fields.push(self.obj(field));
        Some(self.program.place(place))
    }

    /// A value flows to a node of the type.
    fn flow(&mut self, to: NodeId, to_type: Option<TypeId>, value: Operand) {
        let Some(from) = value.node else { return };
        let hides =
            to_type.is_some_and(|typ| self.types.shape(self.store, typ) == Shape::Interface);
        if hides {
            let at = value.range.map(|range| self.at(range));
            self.program.nodes.escape(from, Escape::Interface, at);
        } else {
            self.program.nodes.unite(to, from);
        }
    }

    /// The value of a variable becomes visible elsewhere.
    fn leaks(&mut self, value: Operand, at: At) {
        let root = match (value.var, value.place) {
            (Some(var), _) => Some(var),
            // What is selected may be what matters of the variable, unless it is a plain value.
            (None, Some(place)) => {
                let place = self.program.place_of(place).clone();
                let last = place
                    .fields
                    .last()
                    .map(|field| self.objects.in_store(*field));
                let last = last.map(|field| self.store.obj_type(field));
                let is_plain = last
                    .is_some_and(|typ| matches!(self.store.under_kind(typ), TypeKind::Basic(_)));
                (!is_plain).then_some(place.root)
            }
            (None, None) => None,
        };
        if let Some(var) = root {
            self.event(EventKind::Leaks(var), at);
        }
    }

    /// Whether the body of a function is among those that are read.
    fn is_known(&self, func: ObjId) -> bool {
        self.program.of_obj.contains_key(&func)
            || self.rest.declared(self.objects.get(func).key).is_some()
    }

    fn ident_obj(&self, ident: ExprId) -> Option<go_types::ObjId> {
        match self.info.def(ident) {
            Some(Def::Object(obj)) => Some(obj),
            _ => self.info.use_of(ident),
        }
    }

    fn is_var(&self, obj: go_types::ObjId) -> bool {
        matches!(self.store.obj(obj).kind, ObjKind::Var { .. })
    }

    fn kind(&self, expr: ExprId) -> ExprKind {
        self.ast.expr(expr).kind
    }
}
