//! Which structs reach code that depends on the order of their fields without naming them.
//!
//! A value of type `any`, an interface or a type parameter hides which struct it is: `func read(v any)` may hand `v` to
//! `binary.Read`, and its callers lose the order of their structs. The program is read as a graph:
//!
//! - A **node** is a place that holds such values: a variable, parameter, result, field, type parameter, the elements of
//!   a composite literal. Containers (`[]any`, `map[string]any`, `*any`) are one node with their elements. Fields count
//!   once for all values of a struct, type parameters once for all instances.
//! - An **edge** leads from a node to one whose values flow into it: by assignment, argument, return, range, send.
//!   Calls through function values connect by the text of the signature, calls of interface methods by the method's name.
//! - A type **enters** a node where a value of it is converted to the hidden type.
//! - A **sink** is a node that code reads which depends on the order: a parameter of an encoder, of a function that
//!   prints or reflects, of a function whose code is not among the packages.
//!
//! Every type that enters a node from which a sink is reached gets the sink's reason, as do the structs it leads to.
//! The answer errs to the safe side: a flow that cannot happen keeps a struct as it is, a missed one would break the
//! program. Values that unsafe code or reflection moves are not followed; these uses are sinks themselves.

mod body;
mod call;
mod sinks;

pub(super) use sinks::of_func as sink_of_func;

use std::mem::Discriminant;
use std::path::Path;

use go_syntax::ExprId;
use go_types::{InterfaceId, Name, ObjId, ObjKind, PkgId, Store, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::reach::Reach;
use super::{Finder, place};
use crate::obstacle::Reason;

type NodeNo = u32;

/// Number of a signature's text.
type SigNo = u32;

/// A place that holds values of hidden types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum NodeKey {
    /// A variable, field, parameter or type parameter, by file and offset of its name.
    Object(u32, u32),
    /// A result of the function or literal at a file and offset.
    Result(u32, u32, u32),
    /// The value of a call, conversion or composite literal, by file.
    Expr(u32, ExprId),
    /// A parameter or result of all function values of a signature.
    SigParam(SigNo, u32),
    SigResult(SigNo, u32),
    /// A parameter or result of all methods of a name.
    MethodParam(Name, u32),
    MethodResult(Name, u32),
}

/// Position of a use: package, file in it, offset.
#[derive(Clone, Copy, Debug)]
struct At {
    package: u32,
    file: u32,
    offset: u32,
}

#[derive(Debug, Default)]
struct FlowNode {
    /// Nodes whose values flow into this one.
    from: Vec<NodeNo>,
    /// The static type of its values, if it is that of a variable.
    typ: Option<TypeId>,
    /// Types that enter, and where.
    enters: Vec<(TypeId, Option<At>)>,
    /// Sinks that are reached from here, and how far they look into a value.
    reached: Vec<(SinkClass, Reach)>,
}

/// What makes two sinks alike: the kind of reason, and the methods of a type that answer in place of its fields.
type SinkClass = (Discriminant<Reason>, &'static [&'static str]);

/// Code that depends on the order of fields.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    pub(super) reason: Reason,
    pub(super) reach: Reach,
}

/// Where the code of a package is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// Among the packages that are looked at.
    Source,
    /// In the standard library: [`sinks`] has the functions that depend on the order of fields, others hand on what
    /// they get.
    Std,
    /// Not looked at.
    Foreign,
}

/// The graph.
#[derive(Debug, Default)]
pub(super) struct Flow {
    ids: FxHashMap<NodeKey, NodeNo>,
    nodes: Vec<FlowNode>,
    signatures: FxHashMap<String, SigNo>,
    /// Answers of `hides` and `is_open`.
    hiding: FxHashMap<TypeId, bool>,
    open: FxHashMap<TypeId, bool>,
    origins: FxHashMap<PkgId, Origin>,
    /// Files that were read; variants of a package share them.
    read: FxHashSet<u32>,
    /// Sinks that are still to be followed.
    pending: Vec<(NodeNo, Sink)>,
}

impl Flow {
    fn node(&mut self, key: NodeKey) -> NodeNo {
        *self.ids.entry(key).or_insert_with(|| {
            self.nodes.push(FlowNode::default());
            (self.nodes.len() - 1) as NodeNo
        })
    }

    /// Values of `from` flow to `to`.
    fn edge(&mut self, from: NodeNo, to: NodeNo) {
        let sources = &mut self.nodes[to as usize].from;
        if from != to && sources.last() != Some(&from) {
            sources.push(from);
        }
    }

    fn enter(&mut self, typ: TypeId, node: NodeNo, at: Option<At>) {
        self.nodes[node as usize].enters.push((typ, at));
    }

    fn sink(&mut self, node: NodeNo, sink: Sink) {
        self.pending.push((node, sink));
    }

    fn signature(&mut self, text: String) -> SigNo {
        let next = self.signatures.len() as SigNo;
        *self.signatures.entry(text).or_insert(next)
    }
}

impl Finder<'_> {
    /// Reads all packages into the graph and notes the reasons of its sinks.
    pub(super) fn look_at_flows(&mut self) {
        let packages = self.packages;
        let asked = packages.iter().filter(|package| package.asked);
        let read: FxHashSet<&Path> = asked
            .flat_map(|package| &package.files)
            .filter(|file| file.info.is_some())
            .map(|file| file.path)
            .collect();
        for package in packages {
            // A variant of a package that is read stands for the same code.
            let is_read = (package.files.iter()).any(|file| read.contains(file.path));
            let hands_on = package.standard || sinks::only_compares(package.import_path);
            let origin = match (hands_on, is_read) {
                (_, true) => Origin::Source,
                (true, false) => Origin::Std,
                (false, false) => Origin::Foreign,
            };
            self.flow.origins.insert(package.pkg, origin);
        }
        self.flow_instances();
        for (package_no, package) in packages.iter().enumerate() {
            for file_no in 0..package.files.len() {
                self.flow_file(package_no, file_no);
            }
        }
        self.spread();
    }

    /// Follows the sinks to the types that reach them.
    fn spread(&mut self) {
        while let Some((node, sink)) = self.flow.pending.pop() {
            let class = (std::mem::discriminant(&sink.reason), opaque(&sink.reason));
            let reached = &mut self.flow.nodes[node as usize].reached;
            if reached
                .iter()
                .any(|(it, reach)| *it == class && *reach >= sink.reach)
            {
                continue;
            }
            reached.push((class, sink.reach));
            if self.holds_opaque(node, class.1) {
                continue;
            }
            for from in self.flow.nodes[node as usize].from.clone() {
                self.flow.sink(from, sink.clone());
            }
            for (typ, at) in self.flow.nodes[node as usize].enters.clone() {
                let place = at.map(|at| {
                    let package = &self.packages[at.package as usize];
                    place(&package.files[at.file as usize], at.offset)
                });
                if !self.answers_itself(typ, opaque(&sink.reason)) {
                    self.mark(typ, sink.reach, &sink.reason, place.as_ref());
                }
            }
        }
    }

    /// Whether all that a variable can hold has one of the methods: an `error` does.
    fn holds_opaque(&mut self, node: NodeNo, methods: &[&str]) -> bool {
        let Some(typ) = self.flow.nodes[node as usize]
            .typ
            .filter(|_| !methods.is_empty())
        else {
            return false;
        };
        let ends = self.led_to(typ);
        ends.into_iter()
            .all(|end| self.answers_itself(end, methods))
    }

    /// Whether values of the type have one of the methods, which code calls instead of looking at fields.
    pub(super) fn answers_itself(&mut self, typ: TypeId, methods: &[&str]) -> bool {
        methods.iter().any(|method| {
            let Some(name) = self.store.names.find(method) else {
                return false;
            };
            let lookup = self.store.lookup_field_or_method(typ, false, None, name);
            (lookup.found()).is_some_and(|found| self.store.obj(found.obj).is_func())
        })
    }

    /// The sinks of a struct's field: what its values hide is reached with the struct.
    pub(super) fn reach_hidden(&mut self, field: ObjId, sink: &Sink) {
        let typ = self.store.obj_type(field);
        if self.hides(typ)
            && let Some(node) = self.object_node(field)
        {
            self.flow.sink(node, sink.clone());
        }
    }

    /// The sink of a type parameter: what it stands for is reached.
    pub(super) fn reach_type_param(&mut self, typ: TypeId, sink: &Sink) {
        if let Some(node) = self.type_param_node(typ) {
            self.flow.sink(node, sink.clone());
        }
    }

    /// The node of a variable, field or parameter; `None` for what has no position.
    fn object_node(&mut self, obj: ObjId) -> Option<NodeNo> {
        let pos = self.store.obj(obj).pos;
        let (file, offset) = self.file_key(pos)?;
        let node = self.flow.node(NodeKey::Object(file, offset));
        let is_variable = matches!(self.store.obj(obj).kind, ObjKind::Var { .. });
        self.flow.nodes[node as usize].typ = self.store.obj(obj).typ.filter(|_| is_variable);
        Some(node)
    }

    fn type_param_node(&mut self, typ: TypeId) -> Option<NodeNo> {
        let id = self.store.as_type_param(typ)?;
        self.object_node(self.store.type_param(id).obj)
    }

    /// File and offset of a position, the same for all variants of a package.
    fn file_key(&self, pos: go_types::Pos) -> Option<(u32, u32)> {
        if !pos.is_known() {
            return None;
        }
        let unread = || base::Idx::index(pos.file) as u32 | 1 << 31;
        let file = self.path_of.get(&pos.file).copied();
        Some((file.unwrap_or_else(unread), pos.offset))
    }

    fn origin_of(&self, pkg: Option<PkgId>) -> Origin {
        let known = pkg.and_then(|pkg| self.flow.origins.get(&pkg));
        // The universe declares `error` alone.
        known.copied().unwrap_or(Origin::Std)
    }

    /// Type arguments enter the type parameters of what they are given to.
    fn flow_instances(&mut self) {
        for index in 0..self.store.type_count() {
            let typ = <TypeId as base::Idx>::from_index(index);
            let TypeKind::Named(id) = self.store.kind(typ) else {
                continue;
            };
            let Some(instance) = self.store.named(id).instance else {
                continue;
            };
            let Some(origin) = self.store.as_named(instance.origin) else {
                continue;
            };
            let obj = self.store.named(origin).obj;
            let tparams = self.store.named(origin).tparams;
            self.flow_type_args(obj, tparams, instance.targs, None);
        }
    }

    /// Type arguments enter type parameters that `obj` declares.
    fn flow_type_args(
        &mut self,
        obj: ObjId,
        tparams: go_types::TypeList,
        targs: go_types::TypeList,
        at: Option<At>,
    ) {
        let unknown = (self.origin_of(self.store.obj(obj).pkg) == Origin::Foreign)
            .then(|| self.unknown_code(obj));
        let pairs: Vec<(TypeId, TypeId)> = (self.store.types(tparams).iter().copied())
            .zip(self.store.types(targs).iter().copied())
            .collect();
        for (tparam, targ) in pairs {
            let Some(node) = self.type_param_node(tparam) else {
                continue;
            };
            if self.can_enter(targ) {
                self.flow.enter(targ, node, at);
            }
            if let Some(sink) = &unknown {
                self.flow.sink(node, sink.clone());
            }
        }
    }

    /// Whether a value of the static type may be, or hold, one of a type that is not seen there.
    fn hides(&mut self, typ: TypeId) -> bool {
        if let Some(known) = self.flow.hiding.get(&typ) {
            return *known;
        }
        let hides = self.has_hidden_part(typ, &|_, _| true);
        self.flow.hiding.insert(typ, hides);
        hides
    }

    /// As [`Finder::hides`], but interfaces with methods do not count: code that takes one calls these.
    fn is_open(&mut self, typ: TypeId) -> bool {
        if let Some(known) = self.flow.open.get(&typ) {
            return *known;
        }
        let open = self.has_hidden_part(typ, &|store, interface| {
            store.type_set(interface).methods.is_empty()
        });
        self.flow.open.insert(typ, open);
        open
    }

    /// Whether the type, its elements or what it points to is a type parameter, a reflected value or an interface that
    /// counts.
    fn has_hidden_part(
        &mut self,
        typ: TypeId,
        counts: &dyn Fn(&mut Store, InterfaceId) -> bool,
    ) -> bool {
        let mut seen = FxHashSet::default();
        let mut pending = vec![typ];
        while let Some(typ) = pending.pop() {
            if !seen.insert(typ) {
                continue;
            }
            if self.store.as_type_param(typ).is_some() || self.is_reflect_value(typ) {
                return true;
            }
            match self.store.under_kind(typ) {
                TypeKind::Interface(id) if counts(self.store, id) => return true,
                TypeKind::Pointer(elem)
                | TypeKind::Slice(elem)
                | TypeKind::Array { elem, .. }
                | TypeKind::Chan { elem, .. } => pending.push(elem),
                TypeKind::Map { key, elem } => pending.extend([key, elem]),
                _ => {}
            }
        }
        false
    }

    fn is_reflect_value(&self, typ: TypeId) -> bool {
        let Some(id) = self.store.as_named(typ) else {
            return false;
        };
        let object = self.store.obj(self.store.named(id).obj);
        self.store.names.text(object.name) == "Value"
            && object
                .pkg
                .is_some_and(|pkg| self.package_path(pkg) == "reflect")
    }

    fn package_path(&self, pkg: PkgId) -> &str {
        self.store.names.text(self.store.packages[pkg].path)
    }

    /// Whether a conversion from the type to a hidden one can hide a struct.
    fn can_enter(&mut self, typ: TypeId) -> bool {
        if self.store.as_type_param(typ).is_some() {
            return true;
        }
        !matches!(
            self.store.under_kind(typ),
            TypeKind::Basic(_) | TypeKind::Interface(_) | TypeKind::Signature(_)
        )
    }
}

/// Whether code of the kind passes over unexported fields, but for embedded structs.
pub(super) fn reads_exported_fields_alone(reason: &Reason) -> bool {
    let Reason::EncodedInOrder(package) = reason else {
        return false;
    };
    !package.ends_with("template")
}

/// Methods that code of the kind calls instead of looking at the fields of a type that has one of them.
pub(super) fn opaque(reason: &Reason) -> &'static [&'static str] {
    match reason {
        Reason::Printed(_) => &["Error", "String", "Format", "GoString"],
        Reason::Unknown(_) => &["Error"],
        Reason::EncodedInOrder(package) => match *package {
            "encoding/json" => &["MarshalJSON", "MarshalJSONTo", "MarshalText", "AppendText"],
            "encoding/xml" => &["MarshalXML", "MarshalText"],
            "encoding/gob" | "net/rpc" => &["GobEncode", "MarshalBinary"],
            _ => &[],
        },
        _ => &[],
    }
}
