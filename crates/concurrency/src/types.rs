//! Which types carry primitives.

use go_types::{NamedId, Store, TypeId, TypeKind};
use rustc_hash::FxHashMap;

/// What a type is to this analysis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Chan,
    Func,
    /// `context.Context`
    Context,
    Mutex,
    RwMutex,
    WaitGroup,
    Cond,
    Once,
    /// A pointer, slice, array or map of what carries primitives.
    Container,
    /// An interface that can hide one.
    Interface,
    /// Holds none, or only in fields, which have classes of their own.
    Other,
}

/// Answers by type.
#[derive(Debug, Default)]
pub(crate) struct Types {
    shapes: FxHashMap<TypeId, Shape>,
}

impl Types {
    pub(crate) fn shape(&mut self, store: &mut Store, typ: TypeId) -> Shape {
        if let Some(shape) = self.shapes.get(&typ) {
            return *shape;
        }
        // A type that contains itself.
        self.shapes.insert(typ, Shape::Other);
        let shape = self.find(store, typ);
        self.shapes.insert(typ, shape);
        shape
    }

    pub(crate) fn carries(&mut self, store: &mut Store, typ: TypeId) -> bool {
        !matches!(self.shape(store, typ), Shape::Other | Shape::Interface)
    }

    fn find(&mut self, store: &mut Store, typ: TypeId) -> Shape {
        if let Some(id) = store.as_named(typ)
            && let Some(shape) = library_shape(store, id)
        {
            return shape;
        }
        match store.under_kind(typ) {
            TypeKind::Chan { .. } => Shape::Chan,
            TypeKind::Signature(_) => Shape::Func,
            TypeKind::Interface(_) => Shape::Interface,
            TypeKind::Pointer(elem) => match self.shape(store, elem) {
                Shape::Interface | Shape::Other => Shape::Other,
                sync @ (Shape::Mutex
                | Shape::RwMutex
                | Shape::WaitGroup
                | Shape::Cond
                | Shape::Once) => sync,
                _ => Shape::Container,
            },
            TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => self.container(store, elem),
            TypeKind::Map { key, elem } => match self.container(store, elem) {
                Shape::Other => self.container(store, key),
                shape => shape,
            },
            _ => Shape::Other,
        }
    }

    fn container(&mut self, store: &mut Store, elem: TypeId) -> Shape {
        if self.carries(store, elem) {
            Shape::Container
        } else {
            Shape::Other
        }
    }
}

fn library_shape(store: &Store, id: NamedId) -> Option<Shape> {
    let (package, name) = qualified(store, id)?;
    Some(match (package, name) {
        ("context", "Context") => Shape::Context,
        ("sync", "Mutex") => Shape::Mutex,
        ("sync", "RWMutex") => Shape::RwMutex,
        ("sync", "WaitGroup") => Shape::WaitGroup,
        ("sync", "Cond") => Shape::Cond,
        ("sync", "Once") => Shape::Once,
        _ => return None,
    })
}

/// Import path and name of a defined type.
pub(crate) fn qualified(store: &Store, id: NamedId) -> Option<(&str, &str)> {
    let object = store.obj(store.named(id).obj);
    let package = store.names.text(store.packages[object.pkg?].path);
    Some((package, store.names.text(object.name)))
}

/// The defined type behind a type or a pointer to it, as `package.Name`.
pub(crate) fn type_name(store: &Store, typ: TypeId) -> Option<String> {
    let (base, _) = store.deref(typ);
    let (package, name) = qualified(store, store.as_named(base)?)?;
    Some(format!("{package}.{name}"))
}
