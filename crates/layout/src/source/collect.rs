//! The struct types of the packages that were asked for.

use base::Idx as _;
use go_syntax::{ExprId, ExprKind, Node, SpecKind};
use go_types::{Def, ObjKind, TypeFormat, TypeId, TypeKind};
use rustc_hash::FxHashMap;

use super::{Declared, Finder, SourceFile, place};
use crate::facts::{FieldLayout, StructLayout};
use crate::obstacle::Reason;

/// A struct type expression and the type it is the right side of.
struct Found {
    strukt: ExprId,
    /// The declared name, with the type.
    declared: Option<(ExprId, TypeId)>,
    typ: TypeId,
}

impl Finder<'_> {
    pub(super) fn collect(&mut self) {
        self.collect_instances();
        for (package_no, package) in self.packages.iter().enumerate() {
            if !package.asked {
                continue;
            }
            for (file_no, file) in package.files.iter().enumerate() {
                for found in struct_types(file, self) {
                    self.declare(package_no, file_no, &found);
                }
            }
        }
    }

    /// Instances without type parameters, by what they are instances of, each once.
    fn collect_instances(&mut self) {
        for index in 0..self.store.type_count() {
            let typ = TypeId::from_index(index);
            let TypeKind::Named(id) = self.store.kind(typ) else {
                continue;
            };
            let Some(instance) = self.store.named(id).instance else {
                continue;
            };
            if self.store.is_concrete_among(typ, &mut self.concrete) {
                self.instances.entry(instance.origin).or_default().push(typ);
            }
        }
    }

    /// Adds a struct type, or the instances of a generic one.
    fn declare(&mut self, package_no: usize, file_no: usize, found: &Found) {
        let package = &self.packages[package_no];
        let file = &package.files[file_no];
        let TypeKind::Struct(strukt) = self.store.under_kind(found.typ) else {
            return;
        };
        let Some(first) = self.store.objs(strukt.fields).first().copied() else {
            return;
        };
        let Some(key) = self.field_key(self.store.obj(first).pos) else {
            return;
        };
        if self.by_field.contains_key(&key) {
            return;
        }
        let first_no = self.structs.len();
        let generic = !(self.store).is_concrete_among(found.typ, &mut self.concrete);
        let types = match found.declared {
            Some((_, declared)) if generic => {
                (self.instances.get(&declared).cloned()).unwrap_or_default()
            }
            Some((_, declared)) => vec![declared],
            None if generic => return,
            None => vec![found.typ],
        };
        let mut layouts: Vec<(StructLayout, TypeId)> = Vec::new();
        for typ in types {
            if let Some(layout) = self.layout(file, found, typ)
                && !layouts.iter().any(|(known, _)| known.name == layout.name)
            {
                layouts.push((layout, typ));
            }
        }
        layouts.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        for (layout, typ) in layouts {
            self.types.push(typ);
            self.structs.push(Declared {
                layout,
                package: package_no,
                file: file_no,
                strukt: found.strukt,
                in_rows: false,
                obstacles: Vec::new(),
            });
        }
        if self.structs.len() == first_no {
            return;
        }
        self.by_field.insert(key, first_no);
        if generic {
            self.add(first_no, &Reason::Generic, None);
        }
        if found.declared.is_none() {
            self.add(first_no, &Reason::Anonymous, None);
        }
        self.look_at_own(first_no, found.declared.map(|(name, _)| name), strukt);
    }

    /// The layout of a type whose fields are those of the struct type expression.
    fn layout(
        &mut self,
        file: &SourceFile<'_>,
        found: &Found,
        typ: TypeId,
    ) -> Option<StructLayout> {
        let layout = self.sizes.layout(self.store, typ).ok()?;
        let TypeKind::Struct(strukt) = self.store.under_kind(typ) else {
            return None;
        };
        let ExprKind::StructType(list) = file.file.ast.expr(found.strukt).kind else {
            return None;
        };
        let ast = &file.file.ast;
        // One entry for each name, with the text of its type.
        let mut written = Vec::new();
        for id in ast.list(list) {
            let field = ast.field(*id);
            for name in 0..field.names.len().max(1) {
                written.push((name > 0, short_type(file.file.expr_text(field.ty))));
            }
        }
        let objects = self.store.objs(strukt.fields).to_vec();
        let mut fields = Vec::with_capacity(objects.len());
        for (index, object) in objects.iter().enumerate() {
            let typ = self.store.obj_type(*object);
            let of_field = self.sizes.layout(self.store, typ).ok()?;
            let (joined, text) = written.get(index)?.clone();
            fields.push(FieldLayout {
                name: self.store.name(*object).to_owned(),
                typ: text,
                embedded: self.store.obj(*object).is_embedded(),
                joined,
                offset: *layout.offsets.as_ref()?.get(index)?,
                size: of_field.size,
                align: of_field.align,
                ptrdata: of_field.ptrdata,
            });
        }
        let named = found.declared.map(|(name, _)| name);
        let start = ast.range(named.unwrap_or(found.strukt)).start;
        let name = match named {
            Some(_) => self.store.type_text(typ, TypeFormat::default()),
            None => Self::unnamed(file, found.strukt),
        };
        Some(StructLayout {
            name,
            place: Some(place(file, start)),
            size: layout.size,
            align: layout.align,
            ptrdata: layout.ptrdata,
            fields,
        })
    }

    /// What a struct type without name is called: by its place.
    fn unnamed(file: &SourceFile<'_>, strukt: ExprId) -> String {
        let at = place(file, file.file.ast.range(strukt).start).at;
        let base = file.path.file_name().unwrap_or_default().to_string_lossy();
        format!("struct@{base}:{}:{}", at.line, at.col)
    }
}

/// All struct types with fields in a file, in source order.
fn struct_types(file: &SourceFile<'_>, finder: &mut Finder<'_>) -> Vec<Found> {
    let Some(info) = file.info else {
        return Vec::new();
    };
    let ast = &file.file.ast;
    let mut declared = FxHashMap::default();
    let mut found = Vec::new();
    for decl in &file.file.decls {
        ast.walk(*decl, |node| {
            match node {
                Node::Spec(spec) => {
                    if let SpecKind::Type {
                        name, ty, alias, ..
                    } = ast.spec(spec).kind
                        && !alias
                        && let Some(Def::Object(obj)) = info.def(name)
                        && matches!(finder.store.obj(obj).kind, ObjKind::TypeName)
                        && let Some(typ) = finder.store.obj(obj).typ
                    {
                        declared.insert(ast.unparen(ty), (name, typ));
                    }
                }
                Node::Expr(expr) => {
                    if let ExprKind::StructType(fields) = ast.expr(expr).kind
                        && !fields.is_empty()
                        && let Some(found_type) = info.type_of(expr)
                    {
                        found.push(Found {
                            strukt: expr,
                            declared: declared.get(&expr).copied(),
                            typ: found_type.typ,
                        });
                    }
                }
                _ => {}
            }
            true
        });
    }
    found
}

/// Longer texts of types are cut.
const MAX_TYPE_TEXT: usize = 200;

/// The text of a type on one line.
fn short_type(text: &str) -> String {
    if text.len() <= MAX_TYPE_TEXT && !text.contains('\n') {
        return text.to_owned();
    }
    let head = text.split('\n').next().unwrap_or_default().trim_end();
    let head = &head[..head.floor_char_boundary(MAX_TYPE_TEXT)];
    let close = match head.chars().last() {
        Some('{') => "}",
        Some('(') => ")",
        Some('[') => "]",
        _ => "",
    };
    format!("{head}…{close}")
}
