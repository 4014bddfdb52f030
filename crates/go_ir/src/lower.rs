//! From typed syntax to nodes.

mod call;
mod complit;
mod convert;
mod curry;
mod dictionary;
mod expr;
mod flow;
mod generic;
mod go_defer;
mod range_func;
mod range_plan;
mod reach;
mod select;
mod stencil;
mod stmt;
mod typed;

use std::sync::Arc;

use base::FileId;
use go_syntax::{Ast, DeclId, DeclKind, ExprId, File, FuncDecl, Node, SpecId, SpecKind, StmtId};
use go_types::{Def, FileInfo, Info, Name, ObjId, PkgId, Pos, Signature, Store, TypeId, TypeKind};
use rustc_hash::FxHashMap;

pub(crate) use dictionary::{Dictionary, owner};
pub(crate) use stencil::mentions_parameter;

use crate::func::{Class, Func, FuncId, Package, Var, VarId, Wrapper};
use crate::node::{Kind, NodeId};
use crate::stencil::{Declared, Generics, Instances, Kept, tparams};

/// A checked package.
pub struct Source<'a> {
    pub pkg: PkgId,
    /// In the order of the go command.
    pub files: Vec<&'a File>,
    pub info: &'a Info,
}

/// Why a function cannot be lowered.
pub(crate) type Unsupported = &'static str;

/// What lowering of a part gives.
pub(crate) type Lowered<T> = Result<T, Unsupported>;

/// Lowers the functions of a package that are not generic. `store` is changed only by adding types. Instances of generic
/// functions are [`Kind::Inst`], of which nothing is known.
///
/// Recursion follows the depth of the syntax: call it on a stack for checks ([`go_types::with_stack`]).
pub fn lower(store: &mut Store, source: &Source<'_>) -> Package {
    lower_with(store, source, &mut Generics::default(), true)
}

/// Lowers the functions of a package that are not generic, and the instances of generic functions that gc compiles with
/// it. The package and all that it imports are entered in `generics`.
pub fn lower_stenciled(store: &mut Store, source: &Source<'_>, generics: &mut Generics) -> Package {
    lower_with(store, source, generics, false)
}

fn lower_with(
    store: &mut Store,
    source: &Source<'_>,
    generics: &mut Generics,
    plain: bool,
) -> Package {
    let (Some(file), Some(info)) = (source.files.first(), source.info.files.first()) else {
        return Package::default();
    };
    let mut lowerer = Lowerer {
        store,
        pkg: source.pkg,
        ast: &file.ast,
        info,
        file_id: None,
        kept: &generics.sources,
        declared: &generics.declared,
        instances: (!plain).then_some(&mut generics.instances),
        goarch: &generics.goarch,
        todo: Vec::new(),
        env: None,
        reach: reach::Reach::default(),
        out: Package::default(),
        frames: Vec::new(),
        rewrites: Vec::new(),
        generic: FxHashMap::default(),
        replaced: FxHashMap::default(),
        written: FxHashMap::default(),
    };
    lowerer.package(source);
    lowerer.out
}

/// Lowers an instance that a body which replaces a call mentions, and those that it needs in its turn, into a package.
/// gc looks at their costs alone. `pkg` is the package that is compiled.
pub fn lower_instance(
    store: &mut Store,
    package: &mut Package,
    pkg: PkgId,
    generics: &mut Generics,
    instance: ObjId,
) {
    let Some(kept) = generics.sources.first() else {
        return;
    };
    let mut lowerer = Lowerer {
        store,
        pkg,
        ast: &kept.files[0].ast,
        info: &kept.info.files[0],
        file_id: None,
        kept: &generics.sources,
        declared: &generics.declared,
        instances: Some(&mut generics.instances),
        goarch: &generics.goarch,
        todo: Vec::new(),
        env: None,
        reach: reach::Reach::default(),
        out: std::mem::take(package),
        frames: Vec::new(),
        rewrites: Vec::new(),
        generic: FxHashMap::default(),
        replaced: FxHashMap::default(),
        written: FxHashMap::default(),
    };
    lowerer.silent_instances(instance);
    *package = lowerer.out;
}

/// State of lowering one package.
struct Lowerer<'a> {
    store: &'a mut Store,
    /// The package that is compiled.
    pkg: PkgId,
    /// The file whose nodes are lowered.
    ast: &'a Ast,
    info: &'a FileInfo,
    file_id: Option<FileId>,
    kept: &'a [Arc<Kept>],
    declared: &'a FxHashMap<ObjId, Declared>,
    /// `None` if instances are not lowered.
    instances: Option<&'a mut Instances>,
    goarch: &'a str,
    /// Bodies to lower, the next one last.
    todo: Vec<stencil::Todo>,
    /// What type parameters are here.
    env: Option<stencil::Env>,
    reach: reach::Reach,
    out: Package,
    /// The function being lowered, in the functions around it.
    frames: Vec<Frame>,
    /// By function that is lowered, without bodies of loops, what is known of its ranges over functions.
    rewrites: Vec<Option<range_func::Rewrite>>,
    /// Functions that a generic function of the package mentions, also through others of them.
    generic: FxHashMap<ObjId, Arc<[ObjId]>>,
    /// By instance its type arguments as this package has them first: `byte` is `uint8` by another name.
    written: FxHashMap<ObjId, Vec<TypeId>>,
    /// By file and condition what is left of it.
    replaced: FxHashMap<(Option<FileId>, ExprId), ExprId>,
}

/// What a closure is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClosureKind {
    Literal,
    Go,
    Defer,
    /// The body of a range over a function.
    Range,
}

impl ClosureKind {
    /// Which closures it is numbered with: index into [`Func::closures`](crate::Func).
    fn counter(self) -> usize {
        match self {
            Self::Literal => 0,
            Self::Go | Self::Defer => 1,
            Self::Range => 2,
        }
    }
}

/// A function being lowered.
struct Frame {
    func: FuncId,
    /// What its objects are here, captured ones too.
    vars: FxHashMap<ObjId, VarId>,
    /// Types of its results.
    results: Vec<TypeId>,
}

impl<'a> Lowerer<'a> {
    fn ast(&self) -> &'a Ast {
        self.ast
    }

    fn info(&self) -> &'a FileInfo {
        self.info
    }

    fn pos(&self, offset: u32) -> Pos {
        let file = self.file_id;
        file.map_or_else(Pos::none, |file| Pos::new(file, offset))
    }

    fn node(&mut self, kind: Kind, typ: TypeId, offset: u32) -> NodeId {
        let pos = self.pos(offset);
        self.out.add(kind, typ, pos)
    }

    fn stmt_node(&mut self, kind: Kind, offset: u32) -> NodeId {
        self.node(kind, TypeId::INVALID, offset)
    }

    /// The declared functions first, so that closures follow them all; bodies from the last one back, as
    /// gc reads them, with the initialisers of variables as the first function.
    fn package(&mut self, source: &'a Source<'a>) {
        self.generic_functions(source);
        let init = (!source.info.init_order.is_empty()).then(|| self.init_func());
        let (mut inits, mut local_types) = (0, 0);
        let mut bodies = Vec::new();
        for (number, file) in source.files.iter().enumerate() {
            self.enter_file(source, number);
            for decl in &file.decls {
                self.number_local_types(*decl, &mut local_types);
                let decl = *file.ast.decl(*decl);
                if let DeclKind::Func(func) = decl.kind
                    && let Some(id) = self.declare(&func, decl.pos, &mut inits)
                {
                    let declared = &self.out.funcs[id];
                    if let Some(obj) = declared.obj {
                        bodies.push((declared.pos, obj, stencil::Todo::Body(number, func, id)));
                    }
                }
            }
        }
        if let Some(instances) = &self.instances {
            self.out.local_types = Arc::clone(&instances.local_types);
        }
        self.reach_declared(source, bodies);
        self.pending(source);
        if let Some(init) = init {
            self.initializers(source, init);
            self.reach_nodes(None);
            self.pending(source);
        }
    }

    /// Numbers the types that functions in the declaration declare.
    /// Source: `collectDecls` of cmd/compile/internal/noder/writer.go, go1.27.3.
    fn number_local_types(&mut self, decl: DeclId, count: &mut u32) {
        let ast = self.ast;
        let at_top: Vec<SpecId> = match ast.decl(decl).kind {
            DeclKind::Gen { specs, .. } => ast.list(specs).to_vec(),
            _ => Vec::new(),
        };
        let mut named = Vec::new();
        ast.walk(decl, |node| {
            if let Node::Spec(spec) = node
                && let SpecKind::Type { name, alias, .. } = ast.spec(spec).kind
                && !alias
                && !at_top.contains(&spec)
            {
                named.push(name);
            }
            true
        });
        let generic = match ast.decl(decl).kind {
            DeclKind::Func(func) => match self.info.def(func.name) {
                Some(Def::Object(obj)) => self.is_generic(obj),
                _ => false,
            },
            _ => false,
        };
        for name in named {
            *count += 1;
            if let (Some(Def::Object(obj)), Some(instances), false) =
                (self.info.def(name), &mut self.instances, generic)
            {
                Arc::make_mut(&mut instances.local_types).insert(obj, *count);
            }
        }
    }

    /// Whether the function has type parameters, of its own or of its receiver's type.
    fn is_generic(&self, func: ObjId) -> bool {
        tparams(self.store, func).is_some()
    }

    fn enter_file(&mut self, source: &'a Source<'a>, number: usize) {
        self.ast = &source.files[number].ast;
        self.info = &source.info.files[number];
        self.file_id = self.store.packages[source.pkg].files.get(number).copied();
    }

    /// The function that runs the initialisers of package-level variables.
    fn init_func(&mut self) -> FuncId {
        let empty = self.store.signature(Signature::default());
        let func = Func::new("init".to_owned(), empty, Pos::none());
        self.out.funcs.push(func)
    }

    /// Enters a declared function; `None` if it is generic, has no name or is broken.
    fn declare(&mut self, decl: &FuncDecl, pos: u32, inits: &mut u32) -> Option<FuncId> {
        let Some(Def::Object(obj)) = self.info().def(decl.name) else {
            return None;
        };
        let typ = self.store.obj(obj).typ?;
        let signature = self.store.as_signature(typ)?;
        let name = self.store.name(obj).to_owned();
        if name == "_" || self.is_generic(obj) {
            return None;
        }
        let name = if name == "init" && signature.recv.is_none() {
            *inits += 1;
            format!("init.{}", *inits - 1)
        } else {
            self.method_name(signature, name)
        };
        let func = Func {
            obj: Some(obj),
            pragmas: decl.pragmas,
            has_body: decl.body.is_some(),
            ..Func::new(name, typ, self.pos(pos))
        };
        Some(self.out.funcs.push(func))
    }

    fn method_name(&self, signature: Signature, name: String) -> String {
        let Some(recv) = signature.recv else {
            return name;
        };
        let (base, pointer) = self.store.deref(self.store.obj_type(recv));
        let Some(named) = self.store.as_named(base) else {
            return name;
        };
        let base = self.store.name(self.store.named(named).obj);
        if pointer {
            format!("(*{base}).{name}")
        } else {
            format!("{base}.{name}")
        }
    }

    fn function_body(&mut self, decl: &FuncDecl, func: FuncId) {
        let typ = self.out.funcs[func].typ;
        self.enter_body(func, typ, decl.body);
        if let Some(body) = decl.body {
            self.out.funcs[func].body = self.body(body);
        }
        self.leave_body();
    }

    fn body(&mut self, block: StmtId) -> crate::Nodes {
        let stmts = self.stmts(self.ast().block(block));
        if stmts.is_empty() {
            // An empty body is not a missing one.
            let end = self.ast().stmt(block).range.end.saturating_sub(1);
            let none = self.out.add_list(&[]);
            let block = self.stmt_node(Kind::Block(none), end);
            return self.out.add_list(&[block]);
        }
        self.out.add_list(&stmts)
    }

    fn initializers(&mut self, source: &'a Source<'a>, init: FuncId) {
        let typ = self.out.funcs[init].typ;
        self.enter(init, typ);
        let mut stmts = Vec::new();
        for initializer in &source.info.init_order {
            self.enter_file(source, initializer.file);
            match self.initializer(&initializer.lhs, initializer.rhs) {
                Ok(stmt) => stmts.push(stmt),
                Err(reason) => {
                    stmts.push(self.unsupported(reason, 0, initializer.rhs));
                }
            }
        }
        self.out.funcs[init].body = self.out.add_list(&stmts);
        self.frames.pop();
    }

    /// Starts a function: its receiver, parameters and results are declared.
    fn enter(&mut self, func: FuncId, typ: TypeId) {
        let signature = self.store.as_signature(typ).unwrap_or_default();
        let results = self.store.objs(signature.results).to_vec();
        let frame = Frame {
            func,
            vars: FxHashMap::default(),
            results: results.iter().map(|obj| self.obj_type(*obj)).collect(),
        };
        self.frames.push(frame);
        if let Some(recv) = signature.recv {
            let recv = self.parameter(recv, Class::Param, "~p", 0);
            self.out.funcs[func].recv = Some(recv);
        }
        self.dictionary_parameter(func);
        let params = self.store.objs(signature.params).to_vec();
        let shift = usize::from(signature.recv.is_some());
        for (index, obj) in params.into_iter().enumerate() {
            let var = self.parameter(obj, Class::Param, "~p", index + shift);
            self.out.funcs[func].params.push(var);
        }
        for (index, obj) in results.into_iter().enumerate() {
            let var = self.parameter(obj, Class::Result, "~r", index);
            self.out.funcs[func].results.push(var);
        }
    }

    fn parameter(&mut self, obj: ObjId, class: Class, unnamed: &str, index: usize) -> VarId {
        let object = *self.store.obj(obj);
        let typ = self.obj_type(obj);
        let name = match self.store.names.text(object.name) {
            "" | "_" if class == Class::Result && self.names_results() => {
                format!("#rv{}", index + 1)
            }
            "" => format!("{unnamed}{index}"),
            "_" if class == Class::Result => format!("~r{index}"),
            name => name.to_owned(),
        };
        let var = self.variable(name, typ, object.pos, class);
        self.bind(obj, var);
        var
    }

    /// A new variable of the current function.
    fn variable(&mut self, name: String, typ: TypeId, pos: Pos, class: Class) -> VarId {
        let func = self.frame().func;
        let var = self.out.declare(func, name, typ, pos, class);
        self.out.vars[var].foreign = self.foreign();
        var
    }

    /// A temporary: `.autotmp_N`, N the number of variables declared so far.
    fn temporary(&mut self, typ: TypeId, offset: u32) -> VarId {
        let (func, pos) = (self.frame().func, self.pos(offset));
        self.out.temporary(func, typ, pos)
    }

    fn frame(&self) -> &Frame {
        self.frames.last().expect("a function is being lowered")
    }

    fn bind(&mut self, obj: ObjId, var: VarId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.vars.insert(obj, var);
        }
    }

    /// The variable of the current function that stands for the object; captured through all functions
    /// between, if it is one of a function around.
    fn local(&mut self, obj: ObjId, offset: u32) -> Lowered<VarId> {
        let declared = self
            .frames
            .iter()
            .rposition(|frame| frame.vars.contains_key(&obj))
            .ok_or("a variable that was not declared")?;
        let mut var = self.frames[declared].vars[&obj];
        for depth in declared + 1..self.frames.len() {
            var = self.capture(depth, var, offset);
            self.frames[depth].vars.insert(obj, var);
        }
        Ok(var)
    }

    /// Makes the function of a frame capture a variable of the function around it.
    fn capture(&mut self, depth: usize, outer: VarId, offset: u32) -> VarId {
        // What asks for the state of a loop first stands nowhere.
        let pos = if self.out.vars[outer].name.starts_with("#state") {
            Pos::none()
        } else {
            self.pos(offset)
        };
        let func = self.frames[depth].func;
        let Var { name, typ, .. } = self.out.vars[outer].clone();
        let var = self.out.vars.push(Var {
            name,
            typ,
            pos,
            class: Class::Captured,
            func,
            outer: Some(outer),
            definition: None,
            address_taken: false,
            inline: None,
            foreign: self.foreign(),
        });
        self.out.funcs[func].captured.push(var);
        var
    }

    /// A new function inside the current one.
    fn closure(&mut self, typ: TypeId, offset: u32, kind: ClosureKind) -> FuncId {
        let parent = self.frame().func;
        let outer = &mut self.out.funcs[parent];
        // Closures in what could not be lowered are not counted.
        let unsupported = outer.unsupported;
        let owner = outer.owner;
        let counter = &mut outer.closures[kind.counter()];
        *counter += 1;
        let name = match kind {
            ClosureKind::Go => format!("{}.gowrap{counter}", outer.name),
            ClosureKind::Defer => format!("{}.deferwrap{counter}", outer.name),
            ClosureKind::Range => format!("{}-range{counter}", outer.name),
            ClosureKind::Literal if outer.parent.is_some() => format!("{}.{counter}", outer.name),
            ClosureKind::Literal => format!("{}.func{counter}", outer.name),
        };
        let func = Func {
            parent: Some(parent),
            wrapper: match kind {
                ClosureKind::Go | ClosureKind::Defer => Wrapper::Yes,
                ClosureKind::Literal | ClosureKind::Range => Wrapper::No,
            },
            unsupported,
            owner,
            ..Func::new(name, typ, self.pos(offset))
        };
        self.out.funcs.push(func)
    }

    /// `declared` is the type as written, in terms of type parameters.
    fn func_lit(&mut self, body: StmtId, offset: u32, (typ, declared): (TypeId, TypeId)) -> NodeId {
        let func = self.closure(typ, offset, ClosureKind::Literal);
        self.enter_body(func, declared, Some(body));
        self.out.funcs[func].body = self.body(body);
        self.capture_dictionary(func, offset);
        self.leave_body();
        self.node(Kind::Closure(func), typ, offset)
    }

    fn name_of(&mut self, text: &str) -> Name {
        self.store.names.intern(text)
    }

    fn is_signature(&mut self, typ: TypeId) -> bool {
        let under = self.store.under(typ);
        matches!(self.store.kind(under), TypeKind::Signature(_))
    }
}
