//! Types and objects as text: package paths in full, no parameter names, `$` before type parameters, and
//! the place of what is declared inside functions.

use crate::constant::quote_ascii;
use crate::{
    Basic, ChanDir, InterfaceId, Name, ObjId, ObjKind, ObjList, Signature, Store, Struct, TermList,
    TypeId, TypeKind, TypeList, VarKind,
};

/// How types are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypeFormat {
    /// What aliases stand for, also `uint8` for `byte` and `int32` for `rune`.
    pub unalias: bool,
}

/// Deeper types are cut short with `…`.
const MAX_DEPTH: u32 = 500;

impl Store {
    /// The type as text, aliases by their names.
    pub fn type_string(&self, typ: TypeId) -> String {
        self.type_text(typ, TypeFormat::default())
    }

    /// The type as text: package paths in full, no parameter names.
    pub fn type_text(&self, typ: TypeId, format: TypeFormat) -> String {
        let mut out = String::new();
        self.write_type(&mut out, typ, format);
        out
    }

    /// Appends the type as text.
    pub fn write_type(&self, out: &mut String, typ: TypeId, format: TypeFormat) {
        let mut writer = Writer {
            store: self,
            out,
            format,
            depth: 0,
        };
        writer.typ(typ);
    }

    /// `kind path.Name@file.go:line:column`; universe objects have neither path nor place.
    pub fn object_string(&self, obj: ObjId) -> String {
        let object = self.obj(obj);
        if let ObjKind::PkgName { imported } = object.kind {
            return format!("pkg {}", self.names.text(self.packages[imported].path));
        }
        let mut out = self.object_kind(obj).to_owned();
        out.push(' ');
        if let Some(pkg) = object.pkg {
            out.push_str(self.names.text(self.packages[pkg].path));
            out.push('.');
        }
        out.push_str(self.names.text(object.name));
        if let Some(position) = self.position(object.pos) {
            out.push('@');
            out.push_str(&position);
        }
        out
    }

    fn object_kind(&self, obj: ObjId) -> &'static str {
        match self.obj(obj).kind {
            ObjKind::PkgName { .. } => "pkg",
            ObjKind::Const { .. } => "const",
            ObjKind::TypeName => self.type_name_kind(obj),
            ObjKind::Var { kind, .. } => match kind {
                VarKind::Package => "var",
                VarKind::Local => "local",
                VarKind::Recv => "recv",
                VarKind::Param => "param",
                VarKind::Result => "result",
                VarKind::Field => "field",
            },
            ObjKind::Func { method: true, .. } => "method",
            ObjKind::Func { .. } => "func",
            ObjKind::Label => "label",
            ObjKind::Builtin(_) => "builtin",
            ObjKind::Nil => "nil",
        }
    }

    fn type_name_kind(&self, obj: ObjId) -> &'static str {
        let object = self.obj(obj);
        match object.typ.map(|typ| self.kind(typ)) {
            None => "type",
            Some(TypeKind::TypeParam(_)) => "typeparam",
            Some(TypeKind::Named(id)) if self.named(id).obj == obj => "type",
            // Package unsafe's Pointer is not an alias, nor are predeclared names but `byte` and `rune`.
            Some(TypeKind::Basic(Basic::Byte | Basic::Rune)) => "alias",
            Some(TypeKind::Basic(_)) if object.pkg == Some(crate::PkgId::UNSAFE) => "type",
            Some(TypeKind::Basic(basic)) => {
                let same = self.names.text(object.name) == basic.name();
                if object.pkg.is_none() && same {
                    "type"
                } else {
                    "alias"
                }
            }
            Some(_) => "alias",
        }
    }
}

struct Writer<'a> {
    store: &'a Store,
    out: &'a mut String,
    format: TypeFormat,
    depth: u32,
}

impl Writer<'_> {
    fn str(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn typ(&mut self, typ: TypeId) {
        if self.depth >= MAX_DEPTH {
            self.str("…");
            return;
        }
        self.depth += 1;
        let typ = if self.format.unalias {
            self.store.unalias(typ)
        } else {
            typ
        };
        match self.store.kind(typ) {
            TypeKind::Basic(basic) => {
                let basic = if self.format.unalias {
                    basic.canonical()
                } else {
                    basic
                };
                self.str(basic.name());
            }
            TypeKind::Pointer(base) => {
                self.str("*");
                self.typ(base);
            }
            TypeKind::Slice(elem) => {
                self.str("[]");
                self.typ(elem);
            }
            TypeKind::Array { elem, len } => {
                self.str(&format!("[{len}]"));
                self.typ(elem);
            }
            TypeKind::Map { key, elem } => {
                self.str("map[");
                self.typ(key);
                self.str("]");
                self.typ(elem);
            }
            TypeKind::Chan { dir, elem } => self.chan(dir, elem),
            TypeKind::Struct(strukt) => self.strukt(strukt),
            TypeKind::Tuple(vars) => self.tuple(vars, false),
            TypeKind::Signature(id) => {
                self.str("func");
                self.signature(self.store.sig(id));
            }
            TypeKind::Interface(id) => self.interface(id),
            TypeKind::Union(terms) => self.union(terms),
            TypeKind::TypeParam(id) => {
                self.str("$");
                self.str(self.store.name(self.store.type_param(id).obj));
            }
            TypeKind::Named(id) => {
                let named = self.store.named(id);
                let targs = named
                    .instance
                    .map_or(TypeList::EMPTY, |instance| instance.targs);
                self.named(named.obj, targs);
            }
            TypeKind::Alias(id) => {
                let alias = *self.store.alias(id);
                self.named(alias.obj, alias.targs);
            }
        }
        self.depth -= 1;
    }

    fn chan(&mut self, dir: ChanDir, elem: TypeId) {
        self.str(dir.prefix());
        let receives = |kind| {
            matches!(
                kind,
                TypeKind::Chan {
                    dir: ChanDir::Recv,
                    ..
                }
            )
        };
        if dir == ChanDir::Both && receives(self.store.kind(elem)) {
            self.str("(");
            self.typ(elem);
            self.str(")");
        } else {
            self.typ(elem);
        }
    }

    fn strukt(&mut self, strukt: Struct) {
        let store = self.store;
        self.str("struct{");
        for (index, field) in store.objs(strukt.fields).iter().enumerate() {
            if index > 0 {
                self.str("; ");
            }
            if !store.obj(*field).is_embedded() {
                self.str(store.name(*field));
                self.str(" ");
            }
            self.typ(store.obj_type(*field));
            let tag = store.names_of(strukt.tags).get(index).copied();
            if let Some(tag) = tag.filter(|tag| *tag != Name::EMPTY) {
                self.str(" ");
                self.str(&quote_ascii(store.names.text(tag).as_bytes()));
            }
        }
        self.str("}");
    }

    fn tuple(&mut self, vars: ObjList, variadic: bool) {
        let store = self.store;
        self.str("(");
        for (index, var) in store.objs(vars).iter().enumerate() {
            if index > 0 {
                self.str(", ");
            }
            let mut typ = store.obj_type(*var);
            if variadic && index + 1 == vars.len() {
                self.str("...");
                if let TypeKind::Slice(elem) = store.unaliased(typ) {
                    typ = elem;
                }
            }
            self.typ(typ);
        }
        self.str(")");
    }

    fn signature(&mut self, signature: Signature) {
        let store = self.store;
        if !signature.tparams.is_empty() {
            self.str("[");
            for (index, tparam) in store.types(signature.tparams).iter().enumerate() {
                if index > 0 {
                    self.str(", ");
                }
                self.typ(*tparam);
                self.str(" ");
                match store.bound(*tparam) {
                    Some(bound) => self.typ(bound),
                    None => self.str("-"),
                }
            }
            self.str("]");
        }
        self.tuple(signature.params, signature.variadic);
        match store.objs(signature.results) {
            [] => {}
            [result] => {
                self.str(" ");
                self.typ(store.obj_type(*result));
            }
            _ => {
                self.str(" ");
                self.tuple(signature.results, false);
            }
        }
    }

    /// Explicit methods sorted by text, then embedded types in source order.
    fn interface(&mut self, id: InterfaceId) {
        let store = self.store;
        let interface = store.iface(id);
        let mut methods: Vec<String> = Vec::with_capacity(interface.methods.len());
        for method in store.objs(interface.methods) {
            let mut text = store.name(*method).to_owned();
            let mut writer = Writer {
                store,
                out: &mut text,
                format: self.format,
                depth: self.depth,
            };
            if let Some(signature) = store.as_signature(store.obj_type(*method)) {
                writer.signature(signature);
            }
            methods.push(text);
        }
        methods.sort();
        self.str("interface{");
        self.str(&methods.join("; "));
        for (index, embedded) in store.types(interface.embeds).iter().enumerate() {
            if index > 0 || !methods.is_empty() {
                self.str("; ");
            }
            self.typ(*embedded);
        }
        self.str("}");
    }

    fn union(&mut self, terms: TermList) {
        let store = self.store;
        for (index, term) in store.terms(terms).iter().enumerate() {
            if index > 0 {
                self.str(" | ");
            }
            if term.tilde {
                self.str("~");
            }
            self.typ(term.typ);
        }
    }

    fn named(&mut self, obj: ObjId, targs: TypeList) {
        let store = self.store;
        let object = store.obj(obj);
        if let Some(pkg) = object.pkg {
            self.str(store.names.text(store.packages[pkg].path));
            self.str(".");
        }
        self.str(store.names.text(object.name));
        if let Some(pkg) = object.pkg
            && object.parent != Some(store.packages[pkg].scope)
        {
            self.str("@");
            self.str(&store.position(object.pos).unwrap_or_default());
        }
        if targs.is_empty() {
            return;
        }
        self.str("[");
        for (index, targ) in store.types(targs).iter().enumerate() {
            if index > 0 {
                self.str(",");
            }
            self.typ(*targ);
        }
        self.str("]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Maker;

    #[test]
    fn types_are_written_in_full() {
        let mut maker = Maker::default();
        let named = maker.named("T", TypeId::INT);
        let any = maker.store.universe.any;
        let recv = maker.store.chan(ChanDir::Recv, TypeId::BYTE);
        let chan = maker.store.chan(ChanDir::Both, recv);
        let map = maker.store.map(TypeId::STRING, any);
        let pointer = maker.store.pointer(named);
        let strukt = maker.struct_type(&[("a", map, false), ("T", pointer, true)]);
        let cases = [
            (chan, "chan (<-chan byte)", "chan (<-chan uint8)"),
            (map, "map[string]any", "map[string]interface{}"),
            (
                strukt,
                "struct{a map[string]any; *example.org/p.T@}",
                "struct{a map[string]interface{}; *example.org/p.T@}",
            ),
            (maker.store.universe.error, "error", "error"),
        ];
        for (typ, exact, unaliased) in cases {
            assert_eq!(maker.store.type_string(typ), exact);
            assert_eq!(
                maker.store.type_text(typ, TypeFormat { unalias: true }),
                unaliased
            );
        }
    }
}
