//! Where source code allocates, or may: one [`AllocSite`] for every expression and statement that can.
//!
//! The compiler's log says which of them do and why ([`sites`](crate::sites) joins the two). It is silent about
//! channels, stores into maps, `go` statements, `+=`, and about generic code that is instantiated elsewhere; there the
//! source alone shows what a line allocates. With types the sizes of objects are known; without them kinds follow from
//! the syntax.

mod boxing;
mod typed;

use std::collections::{HashMap, HashSet};

use base::{LineCol, TextRange};
use go_syntax::{
    AssignOp, Ast, BinaryOp, ExprId, ExprKind, File, LitKind, Node, SpecKind, StmtId, StmtKind,
    UnaryOp,
};
use go_types::{Builtin, ObjId, TypeId, TypeKind};

pub(crate) use typed::TypedFile;
pub use typed::TypedPackage;

/// Kinds of allocation, the most specific first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Alloc {
    /// A variable whose address outlives its function. First, as it names the cause best.
    Variable,
    Make,
    MakeMap,
    MakeChan,
    /// `&T{…}`, `[]T{…}`, `map[K]V{…}`.
    Literal,
    New,
    Append,
    Closure,
    /// `x.f` of a method that is not called: a closure that holds `x`.
    MethodValue,
    /// Between string, `[]byte` and `[]rune`.
    Conversion,
    Concat,
    /// A value put into an interface.
    Boxing,
    /// The slice that carries variadic arguments.
    Variadic,
    /// `m[k] = v`, which may grow the map.
    MapStore,
    /// The goroutine and the closure that carries its arguments.
    Go,
    /// A `defer` in a loop, whose record is allocated.
    Defer,
    /// An assertion to an interface type, which looks up its method table.
    InterfaceTable,
}

/// What a growing value is kept in, so that sites of one variable are one cause.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Holder {
    Object(ObjId),
    /// The source text where types are not known.
    Text(String),
}

/// Bytes that the allocator takes for an object of a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BlockSize {
    Exactly(i64),
    /// Depends on the run; 0 where nothing is known.
    AtLeast(i64),
}

impl BlockSize {
    pub(crate) const UNKNOWN: Self = Self::AtLeast(0);

    fn of(known: Option<i64>) -> Self {
        known.map_or(Self::UNKNOWN, Self::Exactly)
    }
}

/// Header of a map, the least that making one takes. Source: `maps.Map`, internal/runtime/maps/map.go, go1.27.3.
const MAP_HEADER: i64 = 48;

/// An expression or statement that allocates or may.
#[derive(Clone, Debug)]
pub(crate) struct AllocSite {
    pub(crate) alloc: Alloc,
    /// Position in the package's files.
    pub(crate) file: usize,
    pub(crate) node: Node,
    pub(crate) range: TextRange,
    /// gc's position of the node, where its log and profiles place the allocation.
    pub(crate) at: LineCol,
    pub(crate) size: BlockSize,
    /// What an `append`, `+=` or map store fills.
    pub(crate) holder: Option<Holder>,
    /// What a literal, `new` or `make` is assigned to.
    pub(crate) target: Option<Holder>,
    /// The call that the value is an argument of.
    pub(crate) call: Option<ExprId>,
    /// gc's position of the function literal that a `go` statement starts: the log names it, the profile the statement.
    pub(crate) literal: Option<LineCol>,
}

/// Finds the sites of a file.
pub(crate) fn find_allocs(
    file: &File,
    index: usize,
    typed: Option<TypedFile<'_, '_>>,
) -> Vec<AllocSite> {
    let mut finder = Finder {
        file,
        index,
        typed,
        functions: typed::function_results(file),
        callees: HashSet::new(),
        nested: HashSet::new(),
        loops: Vec::new(),
        assigned: HashMap::new(),
        found: Vec::new(),
    };
    for &decl in &file.decls {
        file.ast.walk(decl, |node| {
            finder.node(node);
            true
        });
    }
    finder.found.sort_by_key(|site| (site.at, site.alloc));
    finder.found
}

struct Finder<'a, 'b, 'c> {
    file: &'a File,
    index: usize,
    typed: Option<TypedFile<'b, 'c>>,
    /// Functions by range, outer ones first, with the expression or declaration that has their signature.
    functions: Vec<(TextRange, typed::FunctionNode)>,
    /// Functions of calls: a selector among them is not a method value.
    callees: HashSet<ExprId>,
    /// Parts of a larger concatenation or address-of literals, which allocate with it.
    nested: HashSet<ExprId>,
    /// Bodies of loops seen so far.
    loops: Vec<TextRange>,
    /// What values are assigned to, by the value.
    assigned: HashMap<ExprId, Holder>,
    found: Vec<AllocSite>,
}

impl Finder<'_, '_, '_> {
    fn ast(&self) -> &Ast {
        &self.file.ast
    }

    fn add(&mut self, alloc: Alloc, node: impl Into<Node>, size: BlockSize) -> &mut AllocSite {
        let node = node.into();
        let pos = self.ast().gc_pos(node);
        let index = self.found.len();
        self.found.push(AllocSite {
            alloc,
            file: self.index,
            node,
            range: self.ast().range(node),
            at: self.file.lines.line_col(pos),
            size,
            holder: None,
            target: match node {
                Node::Expr(id) => self.assigned.get(&id).cloned(),
                _ => None,
            },
            call: None,
            literal: None,
        });
        &mut self.found[index]
    }

    fn node(&mut self, node: Node) {
        match node {
            Node::Expr(id) => self.expr(id),
            Node::Stmt(id) => self.stmt(id),
            Node::Spec(id) => {
                if let SpecKind::Var { names, values, .. } = self.ast().spec(id).kind {
                    let names = self.ast().list(names).to_vec();
                    let values = self.ast().list(values).to_vec();
                    self.assign(&names, &values);
                }
            }
            Node::Decl(_) | Node::Field(_) => {}
        }
    }

    /// Notes what values are assigned to.
    fn assign(&mut self, to: &[ExprId], from: &[ExprId]) {
        for (to, from) in to.iter().zip(from) {
            if let Some(holder) = self.holder(*to) {
                let from = self.ast().unparen(*from);
                self.assigned.insert(from, holder);
            }
        }
    }

    fn expr(&mut self, id: ExprId) {
        match self.ast().expr(id).kind {
            ExprKind::Call { fun, args, spread } => {
                let args = self.ast().list(args).to_vec();
                self.call(id, fun, &args, spread);
            }
            ExprKind::Unary {
                op: UnaryOp::And,
                x,
            } => self.address_of(id, x),
            ExprKind::CompositeLit { ty, elems } => {
                let n_elems = self.ast().list(elems).len();
                self.composite(id, ty, n_elems);
                self.boxed_elements(id);
            }
            ExprKind::FuncLit { .. } if !self.nested.contains(&id) => {
                if let Some(size) = self.closure_size(id) {
                    self.add(Alloc::Closure, id, BlockSize::of(size));
                }
            }
            ExprKind::Selector { .. } if !self.callees.contains(&id) => {
                if let Some(size) = self.method_value(id) {
                    self.add(Alloc::MethodValue, id, BlockSize::of(size));
                }
            }
            ExprKind::Binary {
                op: BinaryOp::Add,
                x,
                y,
            } => self.concatenation(id, x, y),
            ExprKind::KeyValue { key, value } if self.object_of(key).is_some() => {
                self.assign(&[key], &[value]);
            }
            ExprKind::TypeAssert { ty: Some(ty), .. } if self.is_interface(ty) => {
                self.add(Alloc::InterfaceTable, id, BlockSize::UNKNOWN);
            }
            _ => {}
        }
    }

    fn address_of(&mut self, id: ExprId, x: ExprId) {
        let literal = self.ast().unparen(x);
        if matches!(self.ast().expr(literal).kind, ExprKind::CompositeLit { .. }) {
            self.nested.insert(literal);
            let size = self.type_of(literal).and_then(|typ| self.block_of(typ));
            self.add(Alloc::Literal, id, BlockSize::of(size));
        }
    }

    fn composite(&mut self, id: ExprId, ty: Option<ExprId>, n_elems: usize) {
        let kind = match self.type_of(id) {
            Some(typ) => self.under_kind(typ),
            None => self.syntactic_kind(ty),
        };
        match kind {
            Some(TypeKind::Slice(elem)) => {
                let size = self.array_block(elem, n_elems as i64);
                if n_elems > 0 {
                    self.add(Alloc::Literal, id, BlockSize::of(size));
                }
            }
            Some(TypeKind::Map { .. }) => {
                let holder = self.assigned.get(&id).cloned();
                self.add(Alloc::Literal, id, BlockSize::AtLeast(MAP_HEADER))
                    .holder = holder;
            }
            // `&T` left out in a literal of pointers.
            Some(TypeKind::Pointer(elem)) if !self.nested.contains(&id) => {
                let size = BlockSize::of(self.block_of(elem));
                self.add(Alloc::Literal, id, size);
            }
            _ => {}
        }
    }

    fn call(&mut self, id: ExprId, fun: ExprId, args: &[ExprId], spread: bool) {
        let fun = self.ast().unparen(fun);
        self.callees.insert(fun);
        if let ExprKind::Index { x, .. } = self.ast().expr(fun).kind {
            let x = self.ast().unparen(x);
            self.callees.insert(x);
        }
        match self.builtin(fun) {
            Some(Builtin::Make) => return self.make(id, args),
            Some(Builtin::New) => {
                let size = match self.type_of(id).and_then(|typ| self.under_kind(typ)) {
                    Some(TypeKind::Pointer(elem)) => self.block_of(elem),
                    _ => None,
                };
                self.add(Alloc::New, id, BlockSize::of(size));
                return;
            }
            Some(Builtin::Append) => {
                if args.len() > 1 {
                    let holder = args.first().and_then(|arg| self.holder(*arg));
                    let elem = self.elem_size(id);
                    self.add(Alloc::Append, id, BlockSize::AtLeast(elem)).holder = holder;
                }
                self.boxed_arguments(id, fun, args, spread);
                return;
            }
            Some(_) => return,
            None => {}
        }
        if self.is_type(fun) {
            if let [arg] = args {
                self.conversion(id, fun, *arg);
            }
            return;
        }
        self.variadic(id, fun, args, spread);
        self.boxed_arguments(id, fun, args, spread);
    }

    fn make(&mut self, id: ExprId, args: &[ExprId]) {
        let Some((&ty, sizes)) = args.split_first() else {
            return;
        };
        let kind = match self.type_of(id) {
            Some(typ) => self.under_kind(typ),
            None => self.syntactic_kind(Some(ty)),
        };
        let constants: Vec<Option<i64>> = sizes.iter().map(|size| self.constant(*size)).collect();
        let dynamic = constants.iter().any(Option::is_none);
        let last = constants.last().copied().flatten();
        match kind {
            Some(TypeKind::Map { .. }) => {
                let holder = self.assigned.get(&id).cloned();
                self.add(Alloc::MakeMap, id, BlockSize::AtLeast(MAP_HEADER))
                    .holder = holder;
            }
            Some(TypeKind::Chan { elem, .. }) => {
                let size = (!dynamic)
                    .then(|| self.channel_block(elem, last.unwrap_or(0)))
                    .flatten();
                self.add(Alloc::MakeChan, id, BlockSize::of(size));
            }
            Some(TypeKind::Slice(elem)) => {
                let size = last
                    .filter(|_| !dynamic)
                    .and_then(|n| self.array_block(elem, n));
                let least = self.elem_size(id);
                let size = size.map_or(BlockSize::AtLeast(least), BlockSize::Exactly);
                let holder = self.assigned.get(&id).cloned();
                self.add(Alloc::Make, id, size).holder = holder;
            }
            // Of a type parameter, or of a type that is not known.
            _ => {
                self.add(Alloc::Make, id, BlockSize::UNKNOWN);
            }
        }
    }

    fn conversion(&mut self, id: ExprId, fun: ExprId, arg: ExprId) {
        let copies = match self.type_of(id) {
            Some(_) => self.copies_text(id, arg),
            None => is_text_type(self.ast(), fun),
        };
        if copies {
            // gc places a conversion at its operand.
            let at = self.file.lines.line_col(self.ast().expr(arg).pos);
            self.add(Alloc::Conversion, id, BlockSize::UNKNOWN).at = at;
        }
    }

    fn concatenation(&mut self, id: ExprId, x: ExprId, y: ExprId) {
        if !self.is_string(id) {
            return;
        }
        for part in [x, y] {
            let part = self.ast().unparen(part);
            if matches!(
                self.ast().expr(part).kind,
                ExprKind::Binary {
                    op: BinaryOp::Add,
                    ..
                }
            ) {
                self.nested.insert(part);
            }
        }
        if !self.nested.contains(&id) && self.constant_text(id).is_none() {
            self.add(Alloc::Concat, id, BlockSize::UNKNOWN);
        }
    }

    fn stmt(&mut self, id: StmtId) {
        match self.ast().stmt(id).kind {
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                let range = self.ast().range(body);
                self.loops.push(range);
            }
            StmtKind::Go(call) => self.go(id, call),
            StmtKind::Defer(_) if self.is_in_loop(id) => {
                self.add(Alloc::Defer, id, BlockSize::UNKNOWN);
            }
            StmtKind::Assign { lhs, op, rhs } => {
                let lhs = self.ast().list(lhs).to_vec();
                let rhs = self.ast().list(rhs).to_vec();
                self.assignment(id, &lhs, op, &rhs);
            }
            StmtKind::IncDec { x, .. } => self.map_store(x),
            StmtKind::Send { chan, value } => self.boxed_send(chan, value),
            StmtKind::Return(results) => {
                let results = self.ast().list(results).to_vec();
                self.boxed_results(id, &results);
            }
            _ => {}
        }
    }

    /// The literal that a `go` statement starts is allocated with what the goroutine takes along.
    fn go(&mut self, id: StmtId, call: ExprId) {
        let mut literal = None;
        if let ExprKind::Call { fun, .. } = self.ast().expr(self.ast().unparen(call)).kind {
            let fun = self.ast().unparen(fun);
            if matches!(self.ast().expr(fun).kind, ExprKind::FuncLit { .. }) {
                self.nested.insert(fun);
                literal = Some(self.file.lines.line_col(self.ast().expr(fun).pos));
            }
        }
        self.add(Alloc::Go, id, BlockSize::UNKNOWN).literal = literal;
    }

    fn assignment(&mut self, id: StmtId, lhs: &[ExprId], op: AssignOp, rhs: &[ExprId]) {
        for to in lhs {
            self.map_store(*to);
        }
        self.assign(lhs, rhs);
        match op {
            AssignOp::Op(BinaryOp::Add) => {
                if let [to] = lhs
                    && self.is_string(*to)
                {
                    let holder = self.holder(*to);
                    // The expression on the right is a part of it.
                    for part in rhs {
                        let part = self.ast().unparen(*part);
                        self.nested.insert(part);
                    }
                    self.add(Alloc::Concat, id, BlockSize::UNKNOWN).holder = holder;
                }
            }
            AssignOp::Assign => {
                for (to, from) in lhs.iter().zip(rhs) {
                    self.boxed_assignment(*to, *from);
                }
            }
            AssignOp::Define | AssignOp::Op(_) => {}
        }
    }

    fn map_store(&mut self, to: ExprId) {
        let to = self.ast().unparen(to);
        let ExprKind::Index { x, .. } = self.ast().expr(to).kind else {
            return;
        };
        let is_map = match self.type_of(x) {
            Some(typ) => matches!(self.under_kind(typ), Some(TypeKind::Map { .. })),
            None => self.typed.is_none(),
        };
        if is_map {
            let holder = self.holder(x);
            self.add(Alloc::MapStore, to, BlockSize::UNKNOWN).holder = holder;
        }
    }

    /// Whether a statement runs again in the function it belongs to.
    fn is_in_loop(&self, id: StmtId) -> bool {
        let at = self.ast().range(id).start;
        let function = (self.functions.iter())
            .filter(|(range, _)| range.contains(at))
            .min_by_key(|(range, _)| range.len());
        let inside = |range: &TextRange| range.contains(at);
        (self.loops.iter())
            .any(|body| inside(body) && function.is_none_or(|(range, _)| range.covers(*body)))
    }

    /// What an expression that is filled is kept in: the variable or field it ends in.
    fn holder(&self, expr: ExprId) -> Option<Holder> {
        let mut expr = self.ast().unparen(expr);
        loop {
            match self.ast().expr(expr).kind {
                ExprKind::Slice { x, .. } | ExprKind::Star(x) => expr = self.ast().unparen(x),
                ExprKind::Ident(_) | ExprKind::Selector { .. } => break,
                _ => return None,
            }
        }
        match &self.typed {
            Some(_) => self.object_of(expr).map(Holder::Object),
            None => Some(Holder::Text(self.file.expr_text(expr).to_owned())),
        }
    }

    /// Bytes of an element of a slice expression; 0 if that is not known.
    fn elem_size(&self, expr: ExprId) -> i64 {
        match self.type_of(expr).and_then(|typ| self.under_kind(typ)) {
            Some(TypeKind::Slice(elem)) => {
                self.array_block(elem, 1).map_or(0, |block| block.min(16))
            }
            _ => 0,
        }
    }

    /// Without types: what the syntax of a type says of its kind. Parts are not known.
    fn syntactic_kind(&self, ty: Option<ExprId>) -> Option<TypeKind> {
        let unknown = TypeId::INVALID;
        match self.ast().expr(self.ast().unparen(ty?)).kind {
            ExprKind::MapType { .. } => Some(TypeKind::Map {
                key: unknown,
                elem: unknown,
            }),
            ExprKind::ChanType { .. } => Some(TypeKind::Chan {
                dir: go_types::ChanDir::Both,
                elem: unknown,
            }),
            ExprKind::ArrayType { len: None, .. } => Some(TypeKind::Slice(unknown)),
            _ => None,
        }
    }
}

/// `string`, `[]byte` or `[]rune` by their syntax.
fn is_text_type(ast: &Ast, ty: ExprId) -> bool {
    match ast.expr(ast.unparen(ty)).kind {
        ExprKind::Ident(name) => name.as_str() == "string",
        ExprKind::ArrayType { len: None, elem } => {
            matches!(ast.name(elem).as_str(), "byte" | "rune" | "uint8" | "int32")
        }
        _ => false,
    }
}

/// Whether an expression is a literal of a string.
fn is_string_literal(ast: &Ast, expr: ExprId) -> bool {
    matches!(
        ast.expr(ast.unparen(expr)).kind,
        ExprKind::BasicLit(LitKind::String)
    )
}

#[cfg(test)]
mod tests;
