//! Types as symbols name them: packages by import path, without aliases.
//!
//! Source: `LinkString` of cmd/compile/internal/types/fmt.go, go1.27.3.

use go_types::{ChanDir, InterfaceId, ObjId, Signature, Store, Struct, TypeId, TypeKind};

use rustc_hash::FxHashMap;

use crate::print::is_in_parentheses;
use crate::stencil::{SHAPE, has_shape, is_basic, is_not_in_heap, is_shape};

/// Types that functions declare, with their numbers in symbols.
pub(crate) type LocalTypes = FxHashMap<ObjId, u32>;

/// The name of a type in symbols; `None` if it depends on a type that a function declares and that has no number.
pub(crate) fn link_string(
    store: &mut Store,
    local_types: &LocalTypes,
    typ: TypeId,
) -> Option<String> {
    let mut link = Link {
        store,
        local_types,
        out: String::new(),
        around: Vec::new(),
    };
    link.write(typ).then_some(link.out)
}

/// The name of what a type argument is a shape of: its underlying type.
pub(crate) fn shape_string(
    store: &mut Store,
    local_types: &LocalTypes,
    targ: TypeId,
    basic: bool,
) -> Option<String> {
    let mut link = Link {
        store,
        local_types,
        out: String::new(),
        around: Vec::new(),
    };
    link.write_shape(targ, basic).then_some(link.out)
}

struct Link<'a> {
    store: &'a mut Store,
    local_types: &'a LocalTypes,
    out: String,
    /// Types whose underlying types are written. gc cannot tell the shape of a type while it reads it.
    around: Vec<TypeId>,
}

impl Link<'_> {
    /// Appends the underlying type; whether it is known how it is written.
    fn write_shape(&mut self, targ: TypeId, basic: bool) -> bool {
        let under = self.store.under(targ);
        if let (TypeKind::Pointer(elem), true) = (self.store.kind(under), basic)
            && !is_not_in_heap(self.store, elem)
        {
            self.out.push_str("*uint8");
            return true;
        }
        if self.around.len() > MAX_DEPTH {
            return false;
        }
        self.around.push(targ);
        let known = self.write(under);
        self.around.pop();
        known
    }
}

/// Shapes in shapes are written up to this depth.
const MAX_DEPTH: usize = 20;

impl Link<'_> {
    /// Appends the type; whether it is known how it is written.
    fn write(&mut self, typ: TypeId) -> bool {
        match self.store.unaliased(typ) {
            TypeKind::Basic(basic) => {
                self.out.push_str(basic.canonical().name());
                true
            }
            TypeKind::Named(id) => {
                let (obj, instance) = (self.store.named(id).obj, self.store.named(id).instance);
                let object = *self.store.obj(obj);
                let mut number = None;
                if let Some(pkg) = object.pkg {
                    if object.parent != Some(self.store.packages[pkg].scope) {
                        number = self.local_types.get(&obj);
                        if number.is_none() {
                            return false;
                        }
                    }
                    let path = self.store.packages[pkg].path;
                    self.out
                        .push_str(&escaped_path(self.store.names.text(path)));
                    self.out.push('.');
                }
                self.out.push_str(self.store.name(obj));
                if let Some(number) = number {
                    self.out.push_str(&format!("·{number}"));
                }
                match instance {
                    Some(instance) => self.write_arguments(instance),
                    None => true,
                }
            }
            TypeKind::Pointer(elem) => {
                self.out.push('*');
                self.write(elem)
            }
            TypeKind::Slice(elem) => {
                self.out.push_str("[]");
                self.write(elem)
            }
            TypeKind::Array { elem, len } => {
                self.out.push_str(&format!("[{len}]"));
                self.write(elem)
            }
            TypeKind::Map { key, elem } => {
                self.out.push_str("map[");
                let key = self.write(key);
                self.out.push(']');
                key && self.write(elem)
            }
            TypeKind::Chan { dir, elem } => self.write_chan(dir, elem),
            TypeKind::Signature(id) => {
                self.out.push_str("func");
                let signature = self.store.sig(id);
                self.write_signature(signature)
            }
            TypeKind::Struct(strukt) => self.write_struct(strukt),
            TypeKind::Interface(id) => self.write_interface(id),
            TypeKind::Tuple(_)
            | TypeKind::TypeParam(_)
            | TypeKind::Alias(_)
            | TypeKind::Union(_) => false,
        }
    }

    /// Arguments of an instance. If one has a shape in it, all are shapes.
    fn write_arguments(&mut self, instance: go_types::Instance) -> bool {
        let targs = self.store.types(instance.targs).to_vec();
        let origin = self.store.as_named(instance.origin);
        let tparams = origin.map(|id| self.store.named(id).tparams);
        let tparams = tparams.map_or(Vec::new(), |list| self.store.types(list).to_vec());
        let shaped = targs.iter().any(|targ| has_shape(self.store, *targ));
        self.out.push('[');
        for (index, targ) in targs.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            let reading =
                (self.around.clone().into_iter()).any(|typ| self.store.identical(typ, targ));
            let known = if shaped && !reading {
                let basic =
                    (tparams.get(index)).is_some_and(|tparam| is_basic(self.store, *tparam));
                self.write_argument(targ, basic)
            } else {
                self.write(targ)
            };
            if !known {
                return false;
            }
        }
        self.out.push(']');
        true
    }

    /// Appends the shape of a type argument.
    fn write_argument(&mut self, targ: TypeId, basic: bool) -> bool {
        let pointer = matches!(self.store.under_kind(targ), TypeKind::Pointer(_));
        if is_shape(self.store, targ) && !(basic && pointer) {
            return self.write(targ);
        }
        self.out.push_str(SHAPE);
        self.write_shape(targ, basic)
    }

    fn write_chan(&mut self, dir: ChanDir, elem: TypeId) -> bool {
        self.out.push_str(dir.prefix());
        if !is_in_parentheses(self.store, dir, elem) {
            return self.write(elem);
        }
        self.out.push('(');
        let known = self.write(elem);
        self.out.push(')');
        known
    }

    fn write_signature(&mut self, signature: Signature) -> bool {
        let params = self.store.objs(signature.params).to_vec();
        if !self.write_parameters(&params, signature.variadic) {
            return false;
        }
        let results = self.store.objs(signature.results).to_vec();
        match results[..] {
            [] => true,
            [one] => {
                self.out.push(' ');
                let typ = self.store.obj_type(one);
                self.write(typ)
            }
            _ => {
                self.out.push(' ');
                self.write_parameters(&results, false)
            }
        }
    }

    fn write_parameters(&mut self, params: &[ObjId], variadic: bool) -> bool {
        self.out.push('(');
        for (index, param) in params.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            let mut typ = self.store.obj_type(*param);
            if let TypeKind::Slice(elem) = self.store.unaliased(typ)
                && variadic
                && index + 1 == params.len()
            {
                self.out.push_str("...");
                typ = elem;
            }
            if !self.write(typ) {
                return false;
            }
        }
        self.out.push(')');
        true
    }

    fn write_struct(&mut self, strukt: Struct) -> bool {
        self.out.push_str("struct {");
        let fields = self.store.objs(strukt.fields).to_vec();
        let tags = self.store.names_of(strukt.tags).to_vec();
        for (index, field) in fields.iter().enumerate() {
            self.out.push_str(if index > 0 { "; " } else { " " });
            let object = *self.store.obj(*field);
            let typ = self.store.obj_type(*field);
            let embedded = object.is_embedded();
            if !embedded || !is_named_like(self.store, typ, &object) {
                if !self.store.names.is_exported(object.name)
                    && let Some(pkg) = object.pkg
                {
                    let path = self.store.packages[pkg].path;
                    self.out
                        .push_str(&escaped_path(self.store.names.text(path)));
                    self.out.push('.');
                }
                self.out.push_str(self.store.names.text(object.name));
                self.out.push_str(if embedded { " = " } else { " " });
            }
            if !self.write(typ) {
                return false;
            }
            let tag = tags.get(index).map(|tag| self.store.names.text(*tag));
            if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
                self.out.push(' ');
                self.out.push_str(&crate::print::quote(tag.as_bytes()));
            }
        }
        self.out
            .push_str(if fields.is_empty() { "}" } else { " }" });
        true
    }

    fn write_interface(&mut self, id: InterfaceId) -> bool {
        let methods = self.store.type_set(id).methods;
        let methods = self.store.objs(methods).to_vec();
        self.out.push_str("interface {");
        for (index, method) in methods.iter().enumerate() {
            self.out.push_str(if index > 0 { "; " } else { " " });
            let object = *self.store.obj(*method);
            if let Some(pkg) = (object.pkg).filter(|_| !self.store.names.is_exported(object.name)) {
                let path = self.store.packages[pkg].path;
                self.out
                    .push_str(&escaped_path(self.store.names.text(path)));
                self.out.push('.');
            }
            self.out.push_str(self.store.names.text(object.name));
            let Some(signature) = self.store.as_signature(self.store.obj_type(*method)) else {
                return false;
            };
            if !self.write_signature(signature) {
                return false;
            }
        }
        self.out
            .push_str(if methods.is_empty() { "}" } else { " }" });
        true
    }
}

/// Whether an embedded field has the name that its type has without aliases.
fn is_named_like(store: &Store, typ: TypeId, field: &go_types::Object) -> bool {
    let (base, _) = store.deref(store.unalias(typ));
    let Some(named) = store.as_named(base) else {
        return false;
    };
    let named = store.named(named);
    let declared = store.obj(named.obj);
    // Instances are other names for gc than the field has.
    let same = declared.name == field.name && named.instance.is_none();
    same && (store.names.is_exported(field.name) || declared.pkg == field.pkg)
}

/// An import path as symbols have it: dots of its last element would end the package's name.
pub(crate) fn escaped_path(path: &str) -> String {
    let (dir, last) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    format!("{dir}{}", last.replace('.', "%2e"))
}
