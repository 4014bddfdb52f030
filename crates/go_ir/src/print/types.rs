//! Types as gc's messages print them: packages by name, parameters without names.

use go_types::{ChanDir, InterfaceId, ObjId, Signature, Store, Struct, TypeId, TypeKind, TypeList};

use super::Printer;
use crate::stencil::{SHAPE, has_shape};

/// Whether the type of the elements of a channel needs parentheses: else its arrow would be the channel's.
pub(crate) fn is_in_parentheses(store: &Store, dir: ChanDir, elem: TypeId) -> bool {
    let receives = matches!(
        store.unaliased(elem),
        TypeKind::Chan {
            dir: ChanDir::Recv,
            ..
        }
    );
    receives && dir != ChanDir::Recv
}

impl Printer<'_> {
    /// Appends a type.
    pub fn typ(&self, out: &mut String, typ: TypeId) {
        if typ == self.store.universe.any {
            out.push_str("any");
            return;
        }
        match self.store.unaliased(typ) {
            TypeKind::Basic(basic) => out.push_str(basic.name()),
            TypeKind::Named(id) => {
                let named = self.store.named(id);
                self.object(out, named.obj);
                // A number at the end is not part of the name, not even that of a shape.
                if let Some((name, number)) = out.rsplit_once('·')
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
                {
                    out.truncate(name.len());
                }
                if let Some(instance) = named.instance {
                    self.type_arguments(out, instance.targs);
                }
            }
            kind @ (TypeKind::Pointer(_)
            | TypeKind::Slice(_)
            | TypeKind::Array { .. }
            | TypeKind::Map { .. }) => self.composite(out, kind, Self::typ),
            TypeKind::Chan { dir, elem } => self.chan(out, dir, elem),
            TypeKind::Signature(id) => {
                out.push_str("func");
                self.signature(out, self.store.sig(id));
            }
            TypeKind::Struct(strukt) => self.strukt(out, strukt),
            TypeKind::Interface(id) => self.interface(out, id),
            TypeKind::Tuple(vars) => self.parameters(out, self.store.objs(vars), false),
            TypeKind::TypeParam(id) => self.object(out, self.store.type_param(id).obj),
            TypeKind::Alias(_) | TypeKind::Union(_) => out.push_str("<type>"),
        }
    }

    /// Appends a type as symbols have it: packages by import path, without aliases.
    fn link_type(&self, out: &mut String, typ: TypeId) {
        if typ == self.store.universe.any {
            out.push_str("interface {}");
            return;
        }
        match self.store.unaliased(typ) {
            TypeKind::Basic(basic) => out.push_str(basic.canonical().name()),
            TypeKind::Named(id) => {
                let named = self.store.named(id);
                if let Some(pkg) = self.store.obj(named.obj).pkg {
                    let path = self.store.packages[pkg].path;
                    out.push_str(&escaped_path(self.store.names.text(path)));
                    out.push('.');
                }
                out.push_str(self.store.name(named.obj));
                if let Some(number) = self.package.local_types.get(&named.obj) {
                    out.push_str(&format!("·{number}"));
                }
                if let Some(instance) = named.instance {
                    self.type_arguments(out, instance.targs);
                }
            }
            kind @ (TypeKind::Pointer(_)
            | TypeKind::Slice(_)
            | TypeKind::Array { .. }
            | TypeKind::Map { .. }) => self.composite(out, kind, Self::link_type),
            _ => self.typ(out, typ),
        }
    }

    fn type_arguments(&self, out: &mut String, targs: TypeList) {
        out.push('[');
        let targs = self.store.types(targs);
        // If one has a shape in it, all are shapes.
        let shaped = targs.iter().any(|arg| has_shape(self.store, *arg));
        for (index, arg) in targs.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            if shaped && matches!(self.store.kind(*arg), TypeKind::Basic(_)) {
                out.push_str(SHAPE);
            }
            self.link_type(out, *arg);
        }
        out.push(']');
    }

    /// A pointer, slice, array or map, whose parts `part` appends.
    fn composite(
        &self,
        out: &mut String,
        kind: TypeKind,
        part: impl Fn(&Self, &mut String, TypeId),
    ) {
        let elem = match kind {
            TypeKind::Pointer(elem) => {
                out.push('*');
                elem
            }
            TypeKind::Slice(elem) => {
                out.push_str("[]");
                elem
            }
            TypeKind::Array { elem, len } => {
                out.push_str(&format!("[{len}]"));
                elem
            }
            TypeKind::Map { key, elem } => {
                out.push_str("map[");
                part(self, out, key);
                out.push(']');
                elem
            }
            _ => return,
        };
        part(self, out, elem);
    }

    /// The type of a function; of a method `method(T) func(…)`.
    pub(super) fn func_type(&self, out: &mut String, typ: TypeId) {
        let Some(signature) = self.store.as_signature(typ) else {
            return self.typ(out, typ);
        };
        if let Some(recv) = signature.recv {
            out.push_str("method(");
            self.typ(out, self.store.obj_type(recv));
            out.push_str(") ");
        }
        out.push_str("func");
        self.signature(out, signature);
    }

    fn signature(&self, out: &mut String, signature: Signature) {
        self.parameters(out, self.store.objs(signature.params), signature.variadic);
        match self.store.objs(signature.results) {
            [] => {}
            [one] => {
                out.push(' ');
                self.typ(out, self.store.obj_type(*one));
            }
            results => {
                out.push(' ');
                self.parameters(out, results, false);
            }
        }
    }

    fn parameters(&self, out: &mut String, params: &[ObjId], variadic: bool) {
        out.push('(');
        for (index, param) in params.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            let typ = self.store.obj_type(*param);
            match self.store.unaliased(typ) {
                TypeKind::Slice(elem) if variadic && index + 1 == params.len() => {
                    out.push_str("...");
                    self.typ(out, elem);
                }
                _ => self.typ(out, typ),
            }
        }
        out.push(')');
    }

    fn chan(&self, out: &mut String, dir: ChanDir, elem: TypeId) {
        out.push_str(dir.prefix());
        if is_in_parentheses(self.store, dir, elem) {
            out.push('(');
            self.typ(out, elem);
            out.push(')');
        } else {
            self.typ(out, elem);
        }
    }

    fn strukt(&self, out: &mut String, strukt: Struct) {
        let fields = self.store.objs(strukt.fields);
        if fields.is_empty() {
            out.push_str("struct {}");
            return;
        }
        out.push_str("struct { ");
        let tags = self.store.names_of(strukt.tags);
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                out.push_str("; ");
            }
            let object = self.store.obj(*field);
            if !object.is_embedded() {
                if self.store.names.is_exported(object.name) {
                    out.push_str(self.store.names.text(object.name));
                } else {
                    self.object(out, *field);
                }
                out.push(' ');
            }
            self.typ(out, self.store.obj_type(*field));
            let tag = tags.get(index).map(|tag| self.store.names.text(*tag));
            if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
                out.push(' ');
                out.push_str(&super::literal::quote(tag.as_bytes()));
            }
        }
        out.push_str(" }");
    }

    fn interface(&self, out: &mut String, id: InterfaceId) {
        let interface = self.store.iface(id);
        let methods = match interface.type_set {
            Some(set) => set.methods,
            None => interface.methods,
        };
        let methods = self.store.objs(methods);
        if methods.is_empty() {
            out.push_str("interface {}");
            return;
        }
        out.push_str("interface { ");
        for (index, method) in methods.iter().enumerate() {
            if index > 0 {
                out.push_str("; ");
            }
            let object = self.store.obj(*method);
            let name = self.store.names.text(object.name);
            // Names of other packages are other names.
            if let Some(pkg) = object
                .pkg
                .filter(|_| !self.store.names.is_exported(object.name))
            {
                let path = self.store.packages[pkg].path;
                out.push_str(&format!("{}.", self.store.names.text(path)));
            }
            out.push_str(name);
            if let Some(signature) = self.store.as_signature(self.store.obj_type(*method)) {
                self.signature(out, signature);
            }
        }
        out.push_str(" }");
    }
}

/// An import path as symbols have it: dots of its last element would end the package's name.
fn escaped_path(path: &str) -> String {
    let (dir, last) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    format!("{dir}{}", last.replace('.', "%2e"))
}
