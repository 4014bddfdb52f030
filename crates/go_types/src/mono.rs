//! Instances that ask for ever more instances, which no compiler can make: `func f[T any]() { f[*T]() }`.
//!
//! Which types flow into which type parameters is a graph. Its vertices are type parameters, and types
//! declared in generic functions, which stand for as many types as the function has instances. Each
//! instantiation leads from the parameters and such types in an argument to the parameter it is given for:
//! with weight 0 if the argument is that very type, with weight 1 if it is built from it. A type declared in
//! a function is reached from the type parameters around it with weight 1. A cycle of positive weight makes
//! larger types at each turn. Generic code of other packages cannot be part of one.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Checker, Code, NamedId, ObjId, Pos, Store, TypeId, TypeKind};

/// What the check notes as it goes: all that the graph is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flows {
    /// Type parameters of receivers, and those of the type that they stand for.
    canon: Vec<(ObjId, ObjId)>,
    /// What is given for type parameters of the package.
    given: Vec<(ObjId, TypeId)>,
}

#[derive(Debug, Default)]
struct Mono {
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// Type parameters of receivers, by where they are declared, stand for those of the type.
    canon: FxHashMap<Pos, ObjId>,
    /// Vertices of type parameters and local types by where they are declared; `None`: needs none.
    by_pos: FxHashMap<Pos, Option<u32>>,
}

#[derive(Debug)]
struct Vertex {
    obj: ObjId,
    /// Of the heaviest path to it that is known.
    weight: u32,
    /// Edges of that path, and the last of them.
    len: u32,
    last: u32,
}

#[derive(Debug)]
struct Edge {
    from: u32,
    to: u32,
    weight: u32,
}

impl Flows {
    pub(crate) fn record_canon(&mut self, store: &Store, of_receiver: TypeId, of_type: TypeId) {
        let objs = type_param(store, of_receiver).zip(type_param(store, of_type));
        self.canon.extend(objs);
    }
}

impl Mono {
    fn add_vertex(&mut self, obj: ObjId) -> u32 {
        self.vertices.push(Vertex {
            obj,
            weight: 0,
            len: 0,
            last: 0,
        });
        self.vertices.len() as u32 - 1
    }

    /// Type parameters that substitution made for methods of instances have the place of the declared ones.
    fn type_param_vertex(&mut self, store: &Store, obj: ObjId) -> u32 {
        let obj = *self.canon.get(&store.obj(obj).pos).unwrap_or(&obj);
        let pos = store.obj(obj).pos;
        if let Some(Some(vertex)) = self.by_pos.get(&pos) {
            return *vertex;
        }
        let vertex = self.add_vertex(obj);
        self.by_pos.insert(pos, Some(vertex));
        vertex
    }

    fn add_edge(&mut self, from: u32, to: u32, weight: u32) {
        self.edges.push(Edge { from, to, weight });
    }

    /// A vertex on a cycle of positive weight, if there is one. Edges are followed until no vertex is
    /// reached on a heavier path, or on one that is longer than a path without cycle can be.
    fn heavy_cycle(&mut self) -> Option<u32> {
        let mut again = true;
        while again {
            again = false;
            for (number, edge) in self.edges.iter().enumerate() {
                let from = &self.vertices[edge.from as usize];
                let (weight, len) = (from.weight + edge.weight, from.len + 1);
                let to = &mut self.vertices[edge.to as usize];
                if weight <= to.weight {
                    continue;
                }
                (to.weight, to.len, to.last) = (weight, len, number as u32);
                if len as usize == self.vertices.len() {
                    return Some(self.on_cycle(edge.to));
                }
                again = true;
            }
        }
        None
    }

    /// The first vertex that is met twice on the way back.
    fn on_cycle(&self, end: u32) -> u32 {
        let mut seen = FxHashSet::default();
        let mut vertex = end;
        while seen.insert(vertex) {
            vertex = self.edges[self.vertices[vertex as usize].last as usize].from;
        }
        vertex
    }
}

/// The name of a type parameter.
fn type_param(store: &Store, typ: TypeId) -> Option<ObjId> {
    match store.kind(typ) {
        TypeKind::TypeParam(id) => Some(store.type_param(id).obj),
        _ => None,
    }
}

impl Checker<'_> {
    /// Notes what is given for type parameters.
    pub(crate) fn record_instantiation(&mut self, tparams: &[TypeId], targs: &[TypeId]) {
        for (&tparam, &targ) in tparams.iter().zip(targs) {
            let Some(obj) = type_param(self.store, tparam) else {
                continue;
            };
            if self.store.obj(obj).pkg == Some(self.pkg) {
                self.flows.given.push((obj, targ));
            }
        }
    }

    fn add_flow(&mut self, mono: &mut Mono, tparam: ObjId, targ: TypeId) {
        let mut seen = FxHashSet::default();
        let mut pending = vec![targ];
        while let Some(typ) = pending.pop() {
            let typ = self.store.unalias(typ);
            if !seen.insert(typ) {
                continue;
            }
            let from = match self.store.kind(typ) {
                TypeKind::TypeParam(id) => {
                    let obj = self.store.type_param(id).obj;
                    Some(mono.type_param_vertex(self.store, obj))
                }
                TypeKind::Named(id) => {
                    let named = self.store.named(id);
                    if let Some(instance) = named.instance {
                        pending.extend(self.store.types(instance.targs));
                    }
                    self.local_type_vertex(mono, id)
                }
                _ => {
                    self.push_parts(typ, &mut pending);
                    None
                }
            };
            if let Some(from) = from {
                let to = mono.type_param_vertex(self.store, tparam);
                mono.add_edge(from, to, u32::from(typ != targ));
            }
        }
    }

    /// The types that a type without name is made of.
    fn push_parts(&mut self, typ: TypeId, out: &mut Vec<TypeId>) {
        let store = &mut *self.store;
        let vars = match store.kind(typ) {
            TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. }
            | TypeKind::Pointer(elem)
            | TypeKind::Slice(elem) => return out.push(elem),
            TypeKind::Map { key, elem } => return out.extend([key, elem]),
            TypeKind::Signature(id) => {
                let sig = store.sig(id);
                [sig.params, sig.results]
            }
            TypeKind::Struct(strukt) => [strukt.fields, crate::ObjList::EMPTY],
            TypeKind::Interface(id) => [store.type_set(id).methods, crate::ObjList::EMPTY],
            _ => return,
        };
        for list in vars {
            out.extend(store.objs(list).iter().map(|var| store.obj_type(*var)));
        }
    }

    /// The vertex of a type that is declared in a generic function.
    fn local_type_vertex(&self, mono: &mut Mono, id: NamedId) -> Option<u32> {
        let obj = self.store.named(id).obj;
        let object = *self.store.obj(obj);
        let root = self.store.packages[self.pkg].scope;
        if object.pkg != Some(self.pkg) || object.parent == Some(root) {
            return None;
        }
        if let Some(known) = mono.by_pos.get(&object.pos) {
            return *known;
        }
        let mut vertex = None;
        let mut scope = object.parent;
        while let Some(id) = scope.filter(|scope| *scope != root) {
            for (_, elem) in self.store.scopes[id].elems() {
                let elem = *elem;
                let is_before = self.store.obj(elem).pos < object.pos;
                let typ = self.store.obj_type(elem);
                if !is_before || type_param(self.store, typ) != Some(elem) {
                    continue;
                }
                let from = mono.type_param_vertex(self.store, elem);
                let to = *vertex.get_or_insert_with(|| mono.add_vertex(obj));
                mono.add_edge(from, to, 1);
            }
            scope = self.store.scopes[id].parent;
        }
        mono.by_pos.insert(object.pos, vertex);
        vertex
    }

    /// Reports one cycle of instances without end.
    pub(crate) fn monomorph(&mut self) {
        let in_bodies = self.bodies.iter().map(|body| &body.flows);
        let (mut mono, mut given) = (Mono::default(), Vec::new());
        for flows in std::iter::once(&self.flows).chain(in_bodies) {
            let pos = |obj: ObjId| self.store.obj(obj).pos;
            let canon = flows.canon.iter().map(|(from, to)| (pos(*from), *to));
            mono.canon.extend(canon);
            given.extend(&flows.given);
        }
        for (tparam, targ) in given {
            self.add_flow(&mut mono, tparam, targ);
        }
        if let Some(vertex) = mono.heavy_cycle() {
            let obj = mono.vertices[vertex as usize].obj;
            let pos = self.store.obj(obj).pos;
            self.error(pos, Code::InvalidInstanceCycle, "instantiation cycle");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::problems;

    #[test]
    fn instances_that_grow_without_end_are_reported() {
        for source in [
            "func f[T any]() { f[*T]() }",
            "func f[T any]() { f[func() (int, []T)]() }",
            "func f[T any]() { f[interface{ m(T) }]() }",
            "func f[A, B, C any]() { f[B, C, map[int]A]() }",
            "func f[T any]() { g[[2]T]() }; func g[T any]() { f[T]() }",
            "func f[T any]() { type u struct{}; f[u]() }",
            "func f[T any]() { type u = chan T; f[u]() }",
            "type a[T any] struct { next *a[*T] }",
            "type a[T any] int; func (a[T]) m() { var _ a[[]T] }",
            "type a int; func (x a) m[P any]() { x.m[*P]() }",
            "type a[T any] int; func (x a[T]) m[P any]() { x.m[*P]() }",
        ] {
            let source = format!("package p\n{source}");
            assert_eq!(problems(&source), "2 InvalidInstanceCycle", "{source}");
        }
    }

    #[test]
    fn cycles_through_methods_are_reported_where_the_type_is_declared() {
        for source in [
            "type a[T any] struct{}\n\nfunc (x a[P]) m() {\nvar _ a[*P]\n}",
            "type a[T any] struct{}\n\nfunc (x a[P]) m() {\nvar y a[*P]; y.m()\n}",
            "type a[T any] struct{}\n\nfunc (x a[T]) m() {\nvar y a[*T]; y.m()\n}",
        ] {
            let source = format!("package p\n{source}");
            assert_eq!(problems(&source), "2 InvalidInstanceCycle", "{source}");
        }
    }

    #[test]
    fn instances_that_come_back_to_themselves_are_fine() {
        for source in [
            "func f[T any]() { f[T]() }",
            "func f[A, B any]() { f[B, A]() }",
            "func f[T any]() { f[int](); f[*int]() }",
            "func f[T any]() { type u int; g[u]() }; func g[T any]() {}",
            "type a[T any] struct { next *a[T] }; func (x *a[P]) m() *a[P] { return x.next }",
            "type a[T any] struct { next *a[int]; b []b[T] }; type b[T any] struct { a a[int] }",
        ] {
            let source = format!("package p\n{source}");
            assert_eq!(problems(&source), "", "{source}");
        }
    }
}
