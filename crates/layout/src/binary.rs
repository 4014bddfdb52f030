//! Structs of a compiled program.

use base::Idx as _;
use objfile::types::{Kind, Type, TypeId, Types};

use crate::facts::{FieldLayout, StructLayout};
use crate::obstacle::{Obstacle, Reason, is_of_runtime};

/// A struct type of a binary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compiled {
    /// Fields, offsets and sizes, without a place.
    pub layout: StructLayout,
    /// Import path of the package that declares it (`main` for that of the program); empty for struct literals.
    pub package: String,
    /// Is the element of a slice, array, map or channel somewhere.
    pub in_rows: bool,
    /// Reasons for its order that the type itself shows. What the code does with it is not known.
    pub obstacles: Vec<Obstacle>,
}

/// The structs of a program by name, each once. What the compiler and the linker make up for themselves (groups of
/// maps, shapes of generic code, types without hash functions) is left out.
pub fn compiled_structs(types: &Types) -> Vec<Compiled> {
    let in_rows = elements(types);
    let mut structs: Vec<Compiled> = (types.types.iter_enumerated())
        .filter(|(_, typ)| typ.kind == Kind::Struct && !is_made_up(&typ.name))
        .map(|(id, typ)| Compiled {
            layout: layout(types, typ),
            package: package_of(&typ.name).to_owned(),
            in_rows: in_rows[id.index()],
            obstacles: obstacles(types, typ),
        })
        .collect();
    structs.sort_by(|a, b| a.layout.name.cmp(&b.layout.name));
    structs.dedup_by(|a, b| a.layout.name == b.layout.name);
    structs
}

fn layout(types: &Types, typ: &Type) -> StructLayout {
    let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let field = |field: &objfile::types::Field| {
        let of = field.typ.map(|typ| &types.types[typ]);
        FieldLayout {
            name: field.name.to_string(),
            typ: of.map_or_else(String::new, |of| of.name.to_string()),
            embedded: field.embedded,
            joined: false,
            offset: bytes(field.offset),
            size: of.map_or(0, |of| bytes(of.size)),
            align: of.map_or(1, |of| bytes(of.align)),
            ptrdata: of.map_or(0, |of| bytes(of.ptrdata)),
        }
    };
    StructLayout {
        name: typ.name.to_string(),
        place: None,
        size: bytes(typ.size),
        align: bytes(typ.align),
        ptrdata: bytes(typ.ptrdata),
        fields: typ.fields.iter().map(field).collect(),
    }
}

/// By type: whether it is an element.
fn elements(types: &Types) -> Vec<bool> {
    let mut elements = vec![false; types.types.len()];
    let mut mark = |id: Option<TypeId>| {
        if let Some(id) = id {
            elements[id.index()] = true;
        }
    };
    for typ in &types.types {
        match typ.kind {
            Kind::Slice | Kind::Array | Kind::Chan => mark(typ.elem),
            Kind::Map => {
                mark(typ.key);
                mark(typ.elem);
            }
            _ => {}
        }
    }
    elements
}

fn is_made_up(name: &str) -> bool {
    let prefixes = [
        "noalg.",
        "go.shape.",
        "map.",
        "map<",
        "table<",
        "groupReference<",
        "hash<",
        "bucket<",
        "sudog<",
    ];
    prefixes.iter().any(|prefix| name.starts_with(prefix))
        || name.starts_with("struct { F uintptr; ")
        || name.contains("go.shape.")
}

/// The package in a type's name: `a/b.v2` of `a/b.v2.T[c/d.U]`. Empty if the name has none.
pub(crate) fn package_of(name: &str) -> &str {
    let declared = name.find('[').map_or(name, |at| &name[..at]);
    if declared.contains(' ') {
        return "";
    }
    declared.rsplit_once('.').map_or("", |(package, _)| package)
}

fn obstacles(types: &Types, typ: &Type) -> Vec<Obstacle> {
    let mut reasons = Vec::new();
    let package = package_of(&typ.name);
    if is_of_runtime(package) {
        reasons.push(Reason::Runtime);
    }
    if typ.name.contains("._Ctype_") || typ.name.contains("._cgo") {
        reasons.push(Reason::Cgo);
    }
    for field in &typ.fields {
        let of = field.typ.map_or("", |typ| &*types.types[typ].name);
        if of == "structs.HostLayout" {
            reasons.push(Reason::HostLayout);
        }
        if crate::obstacle::is_marker(&field.name, of) {
            reasons.push(Reason::Marker(field.name.to_string()));
        }
    }
    if package.is_empty() {
        reasons.push(Reason::Anonymous);
    }
    reasons.sort();
    reasons.dedup();
    let obstacle = |reason| Obstacle {
        reason,
        place: None,
    };
    reasons.into_iter().map(obstacle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_names() {
        let cases = [
            ("net/http.Server", "net/http"),
            ("gopkg.in/yaml.v3.Node", "gopkg.in/yaml.v3"),
            ("main.Pair[main.Base,[]a/b.T·1]", "main"),
            ("struct { X a/b.T }", ""),
            ("error", ""),
        ];
        for (name, package) in cases {
            assert_eq!(package_of(name), package, "{name}");
        }
    }

    #[test]
    fn what_the_compiler_makes_up_is_told_from_names() {
        let made_up = [
            "noalg.map.group[string]int",
            "map<string,int>",
            "struct { F uintptr; X0 int }",
        ];
        assert!(made_up.into_iter().all(is_made_up));
        let declared = ["main.T", "maps.Map[int,string]", "struct { F int }"];
        assert!(!declared.into_iter().any(is_made_up));
    }

    #[test]
    fn a_struct_of_a_binary_is_laid_out_as_it_is() {
        let mut types = Types::default();
        let mut base = |name: &str, kind, size| {
            let name = name.into();
            types.types.push(Type {
                name,
                kind,
                size,
                align: size,
                ..Type::default()
            })
        };
        let (flag, number) = (base("bool", Kind::Bool, 1), base("int64", Kind::Int64, 8));
        let field = |name: &str, offset, typ| objfile::types::Field {
            name: name.into(),
            typ: Some(typ),
            offset,
            embedded: false,
        };
        let strukt = types.types.push(Type {
            name: "a/b.T".into(),
            kind: Kind::Struct,
            size: 24,
            align: 8,
            fields: [
                field("a", 0, flag),
                field("b", 8, number),
                field("_", 16, flag),
            ]
            .into(),
            ..Type::default()
        });
        types.types.push(Type {
            name: "[]a/b.T".into(),
            kind: Kind::Slice,
            elem: Some(strukt),
            ..Type::default()
        });
        let structs = compiled_structs(&types);
        let [found] = &structs[..] else {
            panic!("{structs:?}")
        };
        assert_eq!((found.package.as_str(), found.in_rows), ("a/b", true));
        let reasons: Vec<_> = found.obstacles.iter().map(|it| &it.reason).collect();
        assert_eq!(reasons, [&Reason::Marker("_".to_owned())]);
        assert_eq!((found.layout.size, found.layout.padding()), (24, 14));
    }
}
