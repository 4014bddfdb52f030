//! Functions, their variables, and the package that holds them.

use std::ops::Range;
use std::sync::Arc;

use base::{Idx as _, IndexVec, List};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use go_syntax::Pragmas;
use go_types::constant::Value;
use go_types::{ObjId, ObjKind, PkgId, Pos, Store, TypeId};
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest as _, Sha256};

use crate::body::Body;
use crate::inits::Inits;
use crate::link::LocalTypes;
use crate::node::{InlineId, Kind, LiteralId, Node, NodeId, Nodes, small_ids};

small_ids! {
    /// A parameter, result, local or captured variable.
    VarId,
    /// A function with a body, or a declared one without.
    FuncId,
}

/// The functions of one package, lowered.
#[derive(Debug, Default)]
pub struct Package {
    nodes: IndexVec<NodeId, Node>,
    lists: Vec<NodeId>,
    inits: Inits,
    /// In gc's order: the declared ones by file and position, then closures as their bodies were read.
    pub funcs: IndexVec<FuncId, Func>,
    pub vars: IndexVec<VarId, Var>,
    literals: IndexVec<LiteralId, Value>,
    /// Functions that occur in what could not be lowered, or in a generic function that the node is an instance of.
    mentioned: FxHashMap<NodeId, Arc<[ObjId]>>,
    /// Calls of which it is not known whether they are inlined.
    uncertain: FxHashMap<NodeId, &'static str>,
    /// Assignments to parts of static data, which has a name that is not known.
    pub partly_static: FxHashSet<NodeId>,
    /// What is called by calls of methods of type parameters that are interfaces, in the order in which they were read.
    pub imprecise: Vec<NodeId>,
    /// Types that functions declare, with their numbers.
    pub(crate) local_types: Arc<LocalTypes>,
    /// By what stands for a dictionary the types that it has words for.
    pub(crate) dictionaries: FxHashMap<ObjId, Vec<TypeId>>,
    /// The nodes of each body in the order in which bodies were lowered, with the instance of a generic type that it is
    /// of a method of.
    pub(crate) bodies_read: Vec<(Range<usize>, Option<TypeId>)>,
    /// Calls that were replaced, in the order of their replacement.
    pub inlined: IndexVec<InlineId, Inlined>,
}

/// A call that was replaced by its callee's body.
#[derive(Clone, Debug)]
pub struct Inlined {
    /// Where the call stands.
    pub pos: Pos,
    /// The replacement that the call itself came with.
    pub parent: Option<InlineId>,
    pub callee: Callee,
}

/// A function that is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Callee {
    Declared(ObjId),
    /// A closure of the package that is compiled. Copies in inlined bodies are functions of their own.
    Closure(FuncId),
}

/// A function.
#[derive(Clone, Debug)]
pub struct Func {
    /// What gc calls it in its messages, without the package: `F`, `T.M`, `(*T).M`, `F.func1`.
    pub name: String,
    /// The declared function; `None` for closures.
    pub obj: Option<ObjId>,
    /// The function type; of a method without the receiver.
    pub typ: TypeId,
    /// Of a declaration the token after `func`, of a closure its `func`.
    pub pos: Pos,
    /// Receiver.
    pub recv: Option<VarId>,
    pub params: Vec<VarId>,
    pub results: Vec<VarId>,
    /// Parameters, results and locals in the order in which gc declares them.
    pub declared: Vec<VarId>,
    /// Variables of enclosing functions, in order of first use. They are variables of this function that
    /// stand for others ([`Var::outer`]).
    pub captured: Vec<VarId>,
    /// The function around a closure.
    pub parent: Option<FuncId>,
    /// Statements.
    pub body: Nodes,
    pub pragmas: Pragmas,
    pub has_body: bool,
    pub wrapper: Wrapper,
    /// Something in it that could not be lowered: in the body stands [`Kind::Unsupported`] instead, or (of a
    /// closure) the number in its name is not known.
    pub unsupported: Option<&'static str>,
    /// The body as it was before anything was inlined into it, and which function of it this is. Entered by
    /// [`Package::keep_body`], and of closures that came with an inlined body.
    pub pristine: Option<(Arc<Body>, FuncId)>,
    /// The package with whose inlined function the closure came; `None` if it is of this package.
    pub foreign: Option<PkgId>,
    /// A closure that came with an inlined body.
    pub copied: bool,
    /// The call whose replacement it came with; not of closures in such closures.
    pub inline: Option<InlineId>,
    /// The package of the generic function, of an instance of one of another package and of closures in it.
    pub owner: Option<PkgId>,
    /// Whether it is an instance of a generic function; not of closures in one.
    pub stencil: Stencil,
    /// Numbers of the closures made so far: literals, those for `go` and `defer`, bodies of loops.
    pub(crate) closures: [u32; 3],
}

impl Func {
    /// Whether it was made around a call.
    pub fn is_wrapper(&self) -> bool {
        self.wrapper != Wrapper::No
    }

    /// A function without variables and statements, whose body is known.
    pub(crate) fn new(name: String, typ: TypeId, pos: Pos) -> Self {
        Self {
            name,
            obj: None,
            typ,
            pos,
            recv: None,
            params: Vec::new(),
            results: Vec::new(),
            declared: Vec::new(),
            captured: Vec::new(),
            parent: None,
            body: Nodes::EMPTY,
            pragmas: Pragmas::NONE,
            has_body: true,
            wrapper: Wrapper::No,
            unsupported: None,
            pristine: None,
            foreign: None,
            copied: false,
            inline: None,
            owner: None,
            stencil: Stencil::None,
            closures: [0; 3],
        }
    }
}

/// What a function has to do with generic ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stencil {
    None,
    /// The function of shapes that an instance is, or what calls it with a dictionary: gc says nothing of its
    /// parameters.
    Instance,
    /// An instance that only a body mentions that replaced a call: gc looks at its cost alone.
    Silent,
}

impl Stencil {
    /// Whether the function is an instance.
    pub fn is_instance(self) -> bool {
        self != Self::None
    }
}

/// Whether a function does nothing but a call that another place needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrapper {
    No,
    /// For a method, an instance, a `go` or `defer` statement.
    Yes,
    /// A closure that passes a dictionary. Its body stays where it is when it replaces a call.
    Curried,
}

/// A variable of a function.
#[derive(Clone, Debug)]
pub struct Var {
    /// As printed: its name, `~r0` of unnamed results, `.autotmp_3` of temporaries.
    pub name: String,
    pub typ: TypeId,
    pub pos: Pos,
    pub class: Class,
    /// The function it is a variable of.
    pub func: FuncId,
    /// Of a captured variable the one in the function around.
    pub outer: Option<VarId>,
    /// The statement that declares it, with its value.
    pub definition: Option<NodeId>,
    /// Its address is taken somewhere, also in closures.
    pub address_taken: bool,
    /// The call with whose replacement it came, as of nodes. Parameters and results of the callee are
    /// [`Class::Local`] then.
    pub inline: Option<InlineId>,
    /// The package with whose inlined function it came, which is printed with its name.
    pub foreign: Option<PkgId>,
}

impl Var {
    /// Whether a range over a function declares it, and nowhere: not even inlining gives it a position.
    fn is_unplaced(&self) -> bool {
        !self.pos.is_known() && self.name.starts_with('#')
    }
}

/// Kind of a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Param,
    Result,
    /// PAUTO: declared in the body, temporaries too.
    Local,
    /// Of a function around.
    Captured,
}

/// Whether the function is a method of an instance of a generic type.
pub fn is_method_of_instance(store: &Store, func: ObjId) -> bool {
    let kind = store.obj(func).kind;
    matches!(
        kind,
        ObjKind::Func {
            of_instance: Some(_),
            ..
        }
    )
}

impl Package {
    /// Number of a word of a dictionary that is not known.
    pub const UNKNOWN_WORD: i64 = -1;

    /// Whether the node is a word of a dictionary of which it is not known which one.
    pub fn is_unknown_word(&self, id: NodeId) -> bool {
        let Kind::Index { x, index } = self.kind(id) else {
            return false;
        };
        let Kind::Deref { x, .. } = self.kind(x) else {
            return false;
        };
        matches!(self.kind(x), Kind::Var(var) if self.vars[var].name == ".dict")
            && self.literal_of(index).and_then(Value::as_i64) == Some(Self::UNKNOWN_WORD)
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// What the node is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.nodes[id].kind
    }

    /// The type of an expression.
    pub fn typ(&self, id: NodeId) -> TypeId {
        self.nodes[id].typ
    }

    /// Whether the function runs the initializers of variables.
    pub(crate) fn is_package_init(&self, func: FuncId) -> bool {
        let func = &self.funcs[func];
        func.obj.is_none() && func.parent.is_none() && func.name == "init"
    }

    /// The nodes of a list.
    pub fn list(&self, list: Nodes) -> &[NodeId] {
        &self.lists[list.range()]
    }

    /// Statements that run before the node.
    pub fn init(&self, id: NodeId) -> &[NodeId] {
        match self.inits.get(id) {
            Some(list) => self.list(list),
            None => &[],
        }
    }

    /// The value of a literal.
    pub fn literal(&self, id: LiteralId) -> &Value {
        &self.literals[id]
    }

    /// The value, if the node is a literal.
    pub fn literal_of(&self, id: NodeId) -> Option<&Value> {
        match self.kind(id) {
            Kind::Literal(value) => Some(self.literal(value)),
            _ => None,
        }
    }

    /// Number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The variable that a captured one stands for, through all closures; itself if it is none.
    pub fn canonical(&self, mut var: VarId) -> VarId {
        while let Some(outer) = self.vars[var].outer {
            var = outer;
        }
        var
    }

    /// The declared function around a closure; other functions themselves.
    pub fn outermost(&self, mut func: FuncId) -> FuncId {
        while let Some(parent) = self.funcs[func].parent {
            func = parent;
        }
        func
    }

    /// Where messages say that the node stands: at the outermost call that was replaced.
    pub fn position(&self, id: NodeId) -> Pos {
        let node = &self.nodes[id];
        self.outermost_call(node.inline, node.pos)
    }

    /// The function's name with what keeps closures apart that came with several copies of one body: a hash of the
    /// calls that the copy replaced. It is gc's if all calls are inlined in gc's order.
    pub fn unique_name(&self, id: FuncId) -> String {
        let func = &self.funcs[id];
        if let Some(inline) = func.inline {
            return format!("{}#{}#", func.name, self.inline_hash(inline));
        }
        let parent = (func.parent).filter(|parent| func.copied && self.funcs[*parent].copied);
        let inner = parent.and_then(|parent| {
            let inner = func.name.strip_prefix(&self.funcs[parent].name)?;
            Some(format!("{}{inner}", self.unique_name(parent)))
        });
        inner.unwrap_or_else(|| func.name.clone())
    }

    /// Source: `closureName` of cmd/compile/internal/ir, go1.27.3.
    fn inline_hash(&self, inline: InlineId) -> String {
        let mut parents = Vec::new();
        let mut next = self.inlined[inline].parent;
        while let Some(parent) = next {
            parents.push(parent.index());
            next = self.inlined[parent].parent;
        }
        let mut text = inline.index().to_string();
        for parent in parents.iter().rev() {
            text.push_str(&format!(" {parent}"));
        }
        // The first byte tells it from a plain SHA-256.
        let sum = Sha256::new()
            .chain_update([1])
            .chain_update(text)
            .finalize();
        BASE64_STANDARD.encode(&sum[..8])
    }

    /// Where messages say that the variable is declared.
    pub fn var_position(&self, id: VarId) -> Pos {
        let var = &self.vars[id];
        self.outermost_call(var.inline, var.pos)
    }

    /// As [`Self::var_position`]; `None` of variables that stand nowhere.
    pub fn var_place(&self, id: VarId) -> Option<Pos> {
        (!self.vars[id].is_unplaced()).then(|| self.var_position(id))
    }

    fn outermost_call(&self, mut inline: Option<InlineId>, mut pos: Pos) -> Pos {
        while let Some(id) = inline {
            let call = &self.inlined[id];
            (inline, pos) = (call.parent, call.pos);
        }
        pos
    }

    /// A new node.
    pub fn add(&mut self, kind: Kind, typ: TypeId, pos: Pos) -> NodeId {
        self.add_inlined(kind, typ, pos, None)
    }

    pub(crate) fn add_inlined(
        &mut self,
        kind: Kind,
        typ: TypeId,
        pos: Pos,
        inline: Option<InlineId>,
    ) -> NodeId {
        self.nodes.push(Node {
            kind,
            typ,
            pos,
            inline,
        })
    }

    /// A new list of nodes.
    pub fn add_list(&mut self, nodes: &[NodeId]) -> Nodes {
        let start = self.lists.len();
        self.lists.extend_from_slice(nodes);
        List::new(start, nodes.len())
    }

    /// A new value of a literal.
    pub fn add_literal(&mut self, value: Value) -> LiteralId {
        self.literals.push(value)
    }

    /// Puts statements before those that already run before the node.
    pub(crate) fn prepend_init(&mut self, id: NodeId, stmts: &[NodeId]) {
        if stmts.is_empty() {
            return;
        }
        let mut all = stmts.to_vec();
        all.extend_from_slice(self.init(id));
        let list = self.add_list(&all);
        self.inits.insert(id, list);
    }

    /// A new variable of the function.
    pub(crate) fn declare(
        &mut self,
        func: FuncId,
        name: String,
        typ: TypeId,
        pos: Pos,
        class: Class,
    ) -> VarId {
        let var = self.vars.push(Var {
            name,
            typ,
            pos,
            class,
            func,
            outer: None,
            definition: None,
            address_taken: false,
            inline: None,
            foreign: None,
        });
        self.funcs[func].declared.push(var);
        var
    }

    /// A new variable of the function: `.autotmp_N`, N the number of variables declared so far.
    pub(crate) fn temporary(&mut self, func: FuncId, typ: TypeId, pos: Pos) -> VarId {
        let count = self.funcs[func].declared.len();
        self.declare(func, format!(".autotmp_{count}"), typ, pos, Class::Local)
    }

    /// Makes another node of a node.
    pub fn set_kind(&mut self, id: NodeId, kind: Kind) {
        self.nodes[id].kind = kind;
    }

    /// Puts another node at a place of a list.
    pub(crate) fn set_in_list(&mut self, list: Nodes, index: usize, id: NodeId) {
        let place = list.range().start + index;
        self.lists[place] = id;
    }

    /// Functions that a statement mentions which could not be lowered, or the generic function that the node is an
    /// instance of.
    pub fn mentioned(&self, id: NodeId) -> &[ObjId] {
        self.mentioned.get(&id).map_or(&[], |funcs| &**funcs)
    }

    /// Notes that it is not known whether the call is inlined, or what it calls.
    pub fn mark_uncertain(&mut self, call: NodeId, reason: &'static str) {
        self.uncertain.entry(call).or_insert(reason);
    }

    /// Why it is not known whether the call is inlined, or what it calls; `None` if it is.
    pub fn uncertain(&self, call: NodeId) -> Option<&'static str> {
        self.uncertain.get(&call).copied()
    }

    pub(crate) fn mention(&mut self, id: NodeId, funcs: Arc<[ObjId]>) {
        if !funcs.is_empty() {
            self.mentioned.insert(id, funcs);
        }
    }

    /// What [`Package::mentioned`] gives for the node.
    pub(crate) fn mentions(&self, id: NodeId) -> Option<Arc<[ObjId]>> {
        self.mentioned.get(&id).cloned()
    }

    /// Takes away what runs before the node.
    pub(crate) fn take_init(&mut self, id: NodeId) -> Vec<NodeId> {
        match self.inits.remove(id) {
            Some(list) => self.list(list).to_vec(),
            None => Vec::new(),
        }
    }

    /// Sets what runs before the node.
    pub(crate) fn set_init(&mut self, id: NodeId, stmts: &[NodeId]) {
        let list = self.add_list(stmts);
        self.inits.insert(id, list);
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id]
    }
}
