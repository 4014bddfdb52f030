//! Uses in files of a package that are not built for this target. They are parsed but not checked: names mean what the
//! package and the imports of the file declare, shadowed or not.

use std::path::Path;

use go_syntax::{Ast, DeclId, DeclKind, ExprId, ExprKind, File, FuncDecl, Node, SpecKind};
use go_types::{ObjId, ObjKind, PkgId, TypeFormat, TypeId, TypeKind};
use rustc_hash::FxHashMap;

use super::flow::{Sink, sink_of_func};
use super::reach::Reach;
use super::{Finder, SourceFile, place};
use crate::facts::Place;
use crate::obstacle::Reason;

/// A file with the meaning of its names.
struct Elsewhere<'a> {
    source: SourceFile<'a>,
    /// The package the file belongs to.
    pkg: PkgId,
    /// Paths of imports by the name they have in the file.
    imports: FxHashMap<String, String>,
}

impl<'a> Finder<'a> {
    /// Notes the uses in one file of a package.
    pub(super) fn other_build(&mut self, package: usize, path: &'a Path, file: &'a File) {
        let elsewhere = Elsewhere {
            source: SourceFile {
                path,
                file,
                info: None,
                rewritten: false,
            },
            pkg: self.packages[package].pkg,
            imports: self.imports_of(file),
        };
        for decl in &file.decls {
            self.literals_elsewhere(&elsewhere, *decl);
            self.conversions_elsewhere(&elsewhere, *decl);
            if let Some((sink, at)) = elsewhere.dangerous(*decl) {
                let place = place(&elsewhere.source, at);
                self.mark_names(&elsewhere, *decl, &sink, &place);
            }
            if let DeclKind::Func(func) = file.ast.decl(*decl).kind
                && func.body.is_none()
            {
                self.bodiless_elsewhere(&elsewhere, *decl, &func);
            }
        }
        self.linknames(elsewhere.pkg, &elsewhere.source);
    }

    /// What `//go:linkname` names may be used by code that has structs of its own in place of ours.
    pub(super) fn linknames(&mut self, pkg: PkgId, source: &SourceFile<'_>) {
        for linkname in &source.file.directives.linknames {
            if let Some(obj) = self.declared_in(pkg, &linkname.local) {
                let place = place(source, linkname.range.start);
                for typ in self.types_of(obj) {
                    self.mark(typ, Reach::NEAR, &Reason::BodilessFunc, Some(&place));
                }
            }
        }
    }

    fn imports_of(&self, file: &File) -> FxHashMap<String, String> {
        let mut imports = FxHashMap::default();
        for spec in &file.imports {
            let SpecKind::Import { name, .. } = file.ast.spec(*spec).kind else {
                continue;
            };
            let Some(path) = file.import_path(*spec) else {
                continue;
            };
            let name = match name {
                Some(name) => file.ast.name(name).as_str().to_owned(),
                None => self.package_name(&path),
            };
            imports.insert(name, path);
        }
        imports
    }

    /// The name of an imported package; of one that is not listed the last part of its path.
    fn package_name(&self, path: &str) -> String {
        let listed = self.packages.iter().find(|it| it.import_path == path);
        let last = || path.rsplit('/').next().unwrap_or(path);
        listed.map_or_else(last, |it| it.name).to_owned()
    }

    /// Literals without keys, by their types. Inner literals have no type of their own only in lists and maps.
    fn literals_elsewhere(&mut self, elsewhere: &Elsewhere<'_>, decl: DeclId) {
        let ast = &elsewhere.source.file.ast;
        let mut literals = Vec::new();
        ast.walk(decl, |node| {
            if let Node::Expr(expr) = node
                && let ExprKind::CompositeLit {
                    ty: Some(ty),
                    elems,
                } = ast.expr(expr).kind
                && has_keyless(ast, Some(ty), ast.list(elems))
            {
                literals.push((expr, ty));
            }
            true
        });
        for (literal, ty) in literals {
            let place = place(&elsewhere.source, ast.range(literal).start);
            for obj in self.objects_in(elsewhere, ty) {
                for typ in self.types_of(obj) {
                    self.add_elements(typ, &Reason::PositionalElsewhere, &place);
                }
            }
        }
    }

    /// Notes the reason at the structs that a type's elements are, not at what lies in them.
    fn add_elements(&mut self, typ: TypeId, reason: &Reason, place: &Place) {
        for mut end in self.led_to(typ) {
            while let TypeKind::Array { elem, .. } = self.store.under_kind(end) {
                end = elem;
            }
            if let Some(number) = self.struct_of(end) {
                self.add(number, reason, Some(place));
            }
        }
    }

    /// Conversions to a struct type: what is converted has a type with the same fields.
    fn conversions_elsewhere(&mut self, elsewhere: &Elsewhere<'_>, decl: DeclId) {
        let ast = &elsewhere.source.file.ast;
        let mut calls = Vec::new();
        ast.walk(decl, |node| {
            if let Node::Expr(expr) = node
                && let ExprKind::Call { fun, args, .. } = ast.expr(expr).kind
                && let [arg] = ast.list(args)
                && !elsewhere.is_unsafe_pointer(*arg)
            {
                calls.push(fun);
            }
            true
        });
        for fun in calls {
            for obj in self.objects_in(elsewhere, fun) {
                if !self.store.obj(obj).is_type_name() {
                    continue;
                }
                let typ = self.store.obj_type(obj);
                let Some(number) = self.struct_of(typ) else {
                    continue;
                };
                let place = place(&elsewhere.source, ast.range(fun).start);
                self.add_alike(number, typ, &place);
            }
        }
    }

    /// Notes a conversion between a struct and all others with the same fields.
    fn add_alike(&mut self, number: usize, typ: TypeId, place: &Place) {
        for other in 0..self.types.len() {
            let other_type = self.types[other];
            let (a, b) = (self.store.under(typ), self.store.under(other_type));
            if other != number && self.store.identical_ignore_tags(a, b) {
                for (number, other) in [(number, other_type), (other, typ)] {
                    let name = self.store.type_text(other, TypeFormat::default());
                    self.add(number, &Reason::Conversion(name), Some(place));
                }
            }
        }
    }

    /// All that a declaration names is reached by the unsafe code or encoder in it.
    fn mark_names(&mut self, elsewhere: &Elsewhere<'_>, decl: DeclId, sink: &Sink, place: &Place) {
        for obj in self.objects_in(elsewhere, decl) {
            for typ in self.types_of(obj) {
                self.mark(typ, sink.reach, &sink.reason, Some(place));
            }
        }
    }

    fn bodiless_elsewhere(&mut self, elsewhere: &Elsewhere<'_>, decl: DeclId, func: &FuncDecl) {
        let place = place(
            &elsewhere.source,
            elsewhere.source.file.ast.range(func.name).start,
        );
        for obj in self.objects_in(elsewhere, decl) {
            if self.store.obj(obj).is_type_name() {
                let typ = self.store.obj_type(obj);
                self.mark(typ, Reach::NEAR, &Reason::BodilessFunc, Some(&place));
            }
        }
    }

    /// Package-level objects that names below a node may mean: of the file's package or of packages it imports.
    fn objects_in(&self, elsewhere: &Elsewhere<'_>, root: impl Into<Node>) -> Vec<ObjId> {
        let ast = &elsewhere.source.file.ast;
        let mut objects = Vec::new();
        ast.walk(root, |node| {
            let Node::Expr(expr) = node else {
                return true;
            };
            match ast.expr(expr).kind {
                ExprKind::Ident(name) => {
                    objects.extend(self.declared_in(elsewhere.pkg, name.as_str()));
                }
                ExprKind::Selector { x, sel } => {
                    let imported = ast
                        .ident(x)
                        .and_then(|name| elsewhere.imports.get(name.as_str()));
                    if let Some(path) = imported {
                        let sel = ast.name(sel);
                        let packages = self.packages.iter().filter(|it| it.import_path == path);
                        let found = packages.map(|it| self.declared_in(it.pkg, sel.as_str()));
                        objects.extend(found.flatten());
                        return false;
                    }
                }
                _ => {}
            }
            true
        });
        objects.sort_unstable();
        objects.dedup();
        objects
    }

    fn declared_in(&self, pkg: PkgId, name: &str) -> Option<ObjId> {
        let name = self.store.names.find(name)?;
        self.store.scopes[self.store.packages[pkg].scope].get(name)
    }

    /// The types that an object is about: a type itself, a variable's, those of a function's parameters and results.
    fn types_of(&self, obj: ObjId) -> Vec<TypeId> {
        let typ = self.store.obj_type(obj);
        match self.store.obj(obj).kind {
            ObjKind::TypeName | ObjKind::Var { .. } => vec![typ],
            ObjKind::Func { .. } => {
                let Some(signature) = self.store.as_signature(typ) else {
                    return Vec::new();
                };
                let lists = [signature.params, signature.results];
                let vars = lists.into_iter().flat_map(|list| self.store.objs(list));
                vars.map(|var| self.store.obj_type(*var)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Elsewhere<'_> {
    /// Whether the expression is `unsafe.Pointer(…)`, which hides the type of what is converted.
    fn is_unsafe_pointer(&self, expr: ExprId) -> bool {
        let ast = &self.source.file.ast;
        if let ExprKind::Call { fun, .. } = ast.expr(ast.unparen(expr)).kind
            && let ExprKind::Selector { x, .. } = ast.expr(fun).kind
        {
            let path = ast
                .ident(x)
                .and_then(|name| self.imports.get(name.as_str()));
            return path.is_some_and(|path| path == "unsafe");
        }
        false
    }

    /// The first use in a declaration of unsafe, cgo, or a function that depends on the order of fields, and its offset.
    /// Printing is overlooked: what is printed is not known, and most often no struct.
    fn dangerous(&self, decl: DeclId) -> Option<(Sink, u32)> {
        let ast = &self.source.file.ast;
        let mut found = None;
        ast.walk(decl, |node| {
            if let Node::Expr(expr) = node
                && let ExprKind::Selector { x, sel } = ast.expr(expr).kind
                && let Some(path) = ast
                    .ident(x)
                    .and_then(|name| self.imports.get(name.as_str()))
                && let Some(sink) = sink_of(path, ast.name(sel).as_str())
            {
                found = found.take().or(Some((sink, ast.range(expr).start)));
            }
            found.is_none()
        });
        found
    }
}

fn sink_of(path: &str, name: &str) -> Option<Sink> {
    let near = |reason| Sink {
        reason,
        reach: Reach::NEAR,
    };
    match path {
        "unsafe" => Some(near(Reason::Unsafe)),
        "C" => Some(near(Reason::Cgo)),
        _ => sink_of_func(path, name).filter(|sink| !matches!(sink.reason, Reason::Printed(_))),
    }
}

/// A literal has elements without keys that may be fields, itself or in literals among its elements.
fn has_keyless(ast: &Ast, ty: Option<ExprId>, elems: &[ExprId]) -> bool {
    let kind = ty.map(|ty| ast.expr(ast.unparen(ty)).kind);
    let is_list = matches!(
        kind,
        Some(ExprKind::ArrayType { .. } | ExprKind::MapType { .. })
    );
    elems.iter().any(|elem| {
        let (value, has_key) = match ast.expr(*elem).kind {
            ExprKind::KeyValue { value, .. } => (value, true),
            _ => (*elem, false),
        };
        match ast.expr(value).kind {
            _ if !has_key && !is_list => true,
            ExprKind::CompositeLit { ty: None, elems } => has_keyless(ast, None, ast.list(elems)),
            _ => false,
        }
    })
}
