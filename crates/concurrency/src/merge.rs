//! Adds the functions of one package to those of the packages before it.
//!
//! Objects that other packages can mention are known by where they are declared; all others, functions, nodes and files
//! get the next numbers, in their order.

use std::path::PathBuf;

use base::{Idx, IndexVec};

use crate::ir::{
    At, Block, Call, Callee, Edge, Event, EventKind, Fact, Func, FuncId, Loop, Operand, PlaceId,
    Target,
};
use crate::nodes::{Class, Make, NodeId, NodeKey};
use crate::objects::ObjId;
use crate::program::{Part, Place, Program, ProgramFile};

/// The program's ids for those of a part.
struct Ids {
    func: usize,
    file: u32,
    package: u32,
    objects: IndexVec<ObjId, ObjId>,
    nodes: IndexVec<NodeId, NodeId>,
    places: Vec<PlaceId>,
}

impl Program {
    /// Adds a package that was read by itself; `paths` are those of its files.
    pub fn add(&mut self, part: Part, paths: Vec<PathBuf>, asked: bool) {
        let Part(part) = part;
        let mut ids = Ids {
            func: self.funcs.len(),
            file: self.files.len() as u32,
            package: self.packages.len() as u32,
            objects: IndexVec::new(),
            nodes: IndexVec::new(),
            places: Vec::new(),
        };
        let package = ids.package;
        self.files
            .extend(paths.into_iter().map(|path| ProgramFile { path, package }));
        self.packages.extend(part.packages);
        self.packages[package as usize].asked = asked;
        for object in &part.objects {
            ids.objects.push(self.object(*object));
        }
        for place in part.places {
            let place = Place {
                root: ids.objects[place.root],
                fields: place.fields.iter().map(|it| ids.objects[*it]).collect(),
            };
            ids.places.push(self.place(place));
        }
        let own = part.of_obj.into_iter();
        self.of_obj
            .extend(own.map(|(obj, func)| (ids.objects[obj], ids.func(func))));
        ids.nodes = self.add_nodes(part.nodes, &ids);
        self.contexts
            .extend(part.contexts.into_iter().map(|node| ids.nodes[node]));
        let interfaces = (part.interfaces.into_iter())
            .map(|(method, interface)| (ids.objects[method], interface))
            .filter(|(method, _)| !self.interfaces.contains_key(method));
        let interfaces: Vec<_> = interfaces.collect();
        self.interfaces.extend(interfaces);
        self.methods.extend(part.methods);
        let literals = part.literals.into_iter().map(|(func, literals)| {
            let literals = literals.into_iter().map(|it| ids.func(it));
            (ids.func(func), literals.collect())
        });
        self.literals.extend(literals);
        self.n_cut += part.n_cut;
        for mut func in part.funcs {
            ids.map_func(&mut func);
            self.funcs.push(func);
        }
    }

    /// Classes are united with those of other packages where a key says so.
    fn add_nodes(&mut self, part: crate::nodes::Nodes, ids: &Ids) -> IndexVec<NodeId, NodeId> {
        let (parents, classes, keys) = part.into_parts();
        let mut nodes: IndexVec<NodeId, NodeId> = IndexVec::new();
        for (id, parent) in parents.iter_enumerated() {
            // A representative has the smallest number of its class.
            let new = if *parent == id {
                self.nodes.fresh()
            } else {
                let mut root = *parent;
                while parents[root] != root {
                    root = parents[root];
                }
                nodes[root]
            };
            nodes.push(new);
        }
        for ((id, class), parent) in classes.into_iter().enumerate().zip(parents.iter()) {
            let id = NodeId::from_index(id);
            if *parent != id {
                continue;
            }
            let Some(class) = class else { continue };
            let class = ids.class(*class, &nodes);
            let funcs: Vec<FuncId> = (class.imported.iter())
                .filter_map(|obj| self.of_obj.get(obj).copied())
                .collect();
            let own = self.nodes.class_mut(nodes[id]);
            *own = class;
            own.imported.clear();
            own.funcs.extend(funcs);
        }
        let mut keys: Vec<(NodeKey, NodeId)> = keys.into_iter().collect();
        keys.sort_unstable_by_key(|(key, id)| (*id, *key));
        for (key, id) in keys {
            let key = match key {
                NodeKey::Var(obj) => NodeKey::Var(ids.objects[obj]),
                NodeKey::Field(obj) => NodeKey::Field(ids.objects[obj]),
                NodeKey::Result(func, index) => NodeKey::Result(ids.func(func), index),
            };
            self.nodes.bind(key, nodes[id]);
        }
        nodes
    }
}

impl Ids {
    fn func(&self, id: FuncId) -> FuncId {
        FuncId::from_index(self.func + id.index())
    }

    fn at(&self, at: At) -> At {
        At {
            file: at.file + self.file,
            ..at
        }
    }

    fn class(&self, class: Class, nodes: &IndexVec<NodeId, NodeId>) -> Class {
        let params = class.params.into_iter();
        let results = class.results.into_iter();
        let objects = |all: Vec<ObjId>| all.into_iter().map(|it| self.objects[it]).collect();
        Class {
            makes: (class.makes.into_iter())
                .map(|make| Make {
                    at: self.at(make.at),
                    func: self.func(make.func),
                    cap: make.cap,
                })
                .collect(),
            funcs: class.funcs.into_iter().map(|it| self.func(it)).collect(),
            imported: objects(class.imported),
            params: params.map(|(func, i)| (self.func(func), i)).collect(),
            results: results.map(|(func, i)| (self.func(func), i)).collect(),
            fields: objects(class.fields),
            vars: objects(class.vars),
            escape: class
                .escape
                .map(|(why, at)| (why, at.map(|at| self.at(at)))),
            elem: class.elem.map(|it| nodes[it]),
            owner: class.owner.map(|it| nodes[it]),
            ..class
        }
    }

    fn map_func(&self, func: &mut Func) {
        func.package = self.package;
        func.obj = func.obj.map(|it| self.objects[it]);
        func.parent = func.parent.map(|it| self.func(it));
        for param in func.params.iter_mut().chain(&mut func.context_params) {
            *param = self.objects[*param];
        }
        for Loop { at, .. } in &mut func.loops {
            *at = self.at(*at);
        }
        for id in func.blocks.ids() {
            self.map_block(&mut func.blocks[id]);
        }
    }

    fn map_block(&self, block: &mut Block) {
        for event in &mut block.events {
            self.map_event(event);
        }
        for Edge { fact, .. } in &mut block.edges {
            if let Some(Fact { var, .. }) = fact {
                *var = self.objects[*var];
            }
        }
        if let Some((_, at)) = &mut block.exit {
            *at = self.at(*at);
        }
    }

    fn map_event(&self, event: &mut Event) {
        event.at = self.at(event.at);
        match &mut event.kind {
            EventKind::Op(_, operand) | EventKind::Arm(_, operand) => self.map_operand(operand),
            EventKind::Select { arms, .. } => {
                for (_, operand) in arms {
                    self.map_operand(operand);
                }
            }
            EventKind::Call(call) => self.map_call(call),
            EventKind::Assign(var) | EventKind::Leaks(var) => *var = self.objects[*var],
        }
    }

    fn map_call(&self, call: &mut Call) {
        match &mut call.callee {
            Callee::Object(obj) | Callee::Interface(obj) => *obj = self.objects[*obj],
            Callee::Literal(func) => *func = self.func(*func),
            Callee::Value(operand) | Callee::Op(_, operand) => self.map_operand(operand),
        }
        for operand in call.args.iter_mut().chain(&mut call.group) {
            self.map_operand(operand);
        }
        for result in call.results.iter_mut().flatten() {
            *result = self.nodes[*result];
        }
        for target in &mut call.targets {
            if let Target::Var(obj) | Target::Field(obj) = target {
                *obj = self.objects[*obj];
            }
        }
    }

    fn map_operand(&self, operand: &mut Operand) {
        operand.node = operand.node.map(|it| self.nodes[it]);
        operand.place = operand.place.map(|it| self.places[it.index()]);
        operand.var = operand.var.map(|it| self.objects[it]);
    }
}
