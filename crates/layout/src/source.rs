//! Structs of source packages, and what depends on the order of their fields.

mod collect;
mod elsewhere;
mod flow;
mod own;
mod reach;
mod uses;

use std::path::Path;

use base::FileId;
use go_syntax::{ExprId, File};
use go_types::{FileInfo, ObjId, PkgId, Pos, Sizes, Store, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Place, StructLayout};
use crate::obstacle::{Obstacle, Reason};

/// A package of the program that is looked at.
#[derive(Clone, Debug)]
pub struct SourcePackage<'a> {
    /// Without the suffix of test variants.
    pub import_path: &'a str,
    /// In the package clause.
    pub name: &'a str,
    /// The package in the store.
    pub pkg: PkgId,
    /// Parallel to `Package::files` of the store.
    pub files: Vec<SourceFile<'a>>,
    /// Its structs are wanted; else it is only looked at for what it does with structs of others.
    pub asked: bool,
    /// Why all of its structs have to stay.
    pub reasons: Vec<Reason>,
    /// Every package that can import it is among the packages.
    pub importers_known: bool,
    /// Is of the standard library.
    pub standard: bool,
    /// Files of the package that are not built for this target, with their paths.
    pub others: Vec<(&'a Path, &'a File)>,
}

/// A file with what is known of it; without `info` its bodies were not checked.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Where the source is, also for files that cgo rewrote.
    pub path: &'a Path,
    /// As parsed.
    pub file: &'a File,
    /// Facts about the syntax of the file.
    pub info: Option<&'a FileInfo>,
    /// What cgo made of the file at `path`: lines are those of the original, which cannot be edited from here.
    pub rewritten: bool,
}

/// A struct type of the source.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Fields, offsets and sizes.
    pub layout: StructLayout,
    /// Position of its package in the input, and of its file in the package.
    pub package: usize,
    /// Position of the file in the package.
    pub file: usize,
    /// The struct type expression.
    pub strukt: ExprId,
    /// Is the element of a slice, array, map or channel somewhere.
    pub in_rows: bool,
    /// Why its fields have to stay, in a fixed order, each reason once.
    pub obstacles: Vec<Obstacle>,
}

/// The structs of the packages that were asked for, in the order of packages, files and text. Generic ones are
/// there once for each instance.
///
/// Structs without a size (too large, or broken) are left out.
pub fn find_structs(
    store: &mut Store,
    sizes: Sizes,
    packages: &[SourcePackage<'_>],
) -> Vec<Declared> {
    let mut finder = Finder::new(store, sizes, packages);
    finder.collect();
    finder.look_at_types();
    finder.look_at_uses();
    finder.look_at_flows();
    finder.finish()
}

/// The structs of the packages that were asked for, without looking at what depends on the order of their fields.
pub fn find_layouts(
    store: &mut Store,
    sizes: Sizes,
    packages: &[SourcePackage<'_>],
) -> Vec<StructLayout> {
    let mut finder = Finder::new(store, sizes, packages);
    finder.collect();
    finder.structs.into_iter().map(|it| it.layout).collect()
}

/// Position in `Finder::structs`.
type StructNo = usize;

struct Finder<'a> {
    store: &'a mut Store,
    sizes: Sizes,
    packages: &'a [SourcePackage<'a>],
    /// Paths by number; a file has one, however many variants of its package there are.
    path_of: FxHashMap<FileId, u32>,
    structs: Vec<Declared>,
    /// Their types, and the structs that lie in them.
    types: Vec<TypeId>,
    held: Vec<Vec<StructNo>>,
    /// By path and offset of a field's name.
    by_field: FxHashMap<(u32, u32), StructNo>,
    /// Answers of `struct_of`.
    of_type: FxHashMap<TypeId, Option<StructNo>>,
    /// Types without type parameters.
    concrete: FxHashSet<TypeId>,
    /// How deep structs are nested in the last field of a struct.
    nesting: FxHashMap<TypeId, usize>,
    /// Instances of generic types by their origin.
    instances: FxHashMap<TypeId, Vec<TypeId>>,
    reached: reach::Reached,
    flow: flow::Flow,
}

impl<'a> Finder<'a> {
    fn new(store: &'a mut Store, sizes: Sizes, packages: &'a [SourcePackage<'a>]) -> Self {
        let mut paths: FxHashMap<&Path, u32> = FxHashMap::default();
        let mut path_of = FxHashMap::default();
        for package in packages {
            let ids = &store.packages[package.pkg].files;
            for (id, file) in ids.iter().zip(&package.files) {
                let next = paths.len() as u32;
                path_of.insert(*id, *paths.entry(file.path).or_insert(next));
            }
        }
        Self {
            store,
            sizes,
            packages,
            path_of,
            structs: Vec::new(),
            types: Vec::new(),
            held: Vec::new(),
            by_field: FxHashMap::default(),
            of_type: FxHashMap::default(),
            concrete: FxHashSet::default(),
            nesting: FxHashMap::default(),
            instances: FxHashMap::default(),
            reached: reach::Reached::default(),
            flow: flow::Flow::default(),
        }
    }

    /// The key of a field by where it is declared.
    fn field_key(&self, pos: Pos) -> Option<(u32, u32)> {
        Some((*self.path_of.get(&pos.file)?, pos.offset))
    }

    /// The struct that a type is or stands for; `None` for others, and for structs that are not wanted.
    fn struct_of(&mut self, typ: TypeId) -> Option<StructNo> {
        if let Some(known) = self.of_type.get(&typ) {
            return *known;
        }
        let found = match self.store.under_kind(typ) {
            TypeKind::Struct(strukt) => {
                let first: Option<ObjId> = self.store.objs(strukt.fields).first().copied();
                let key = first.and_then(|field| self.field_key(self.store.obj(field).pos));
                key.and_then(|key| self.by_field.get(&key).copied())
            }
            _ => None,
        };
        self.of_type.insert(typ, found);
        found
    }

    /// What a pointer points to; other types themselves.
    fn deref(&mut self, typ: TypeId) -> TypeId {
        match self.store.under_kind(typ) {
            TypeKind::Pointer(elem) => elem,
            _ => typ,
        }
    }

    /// Notes a reason, the first of its kind.
    fn add(&mut self, number: StructNo, reason: &Reason, place: Option<&Place>) {
        // Instances of one generic struct stand side by side and share their source.
        let place_of = |one: &Declared| (one.package, one.file, one.strukt);
        let same = place_of(&self.structs[number]);
        for one in &mut self.structs[number..] {
            if place_of(one) != same {
                break;
            }
            let known = (one.obstacles.iter())
                .any(|it| std::mem::discriminant(&it.reason) == std::mem::discriminant(reason));
            if !known {
                one.obstacles.push(Obstacle {
                    reason: reason.clone(),
                    place: place.cloned(),
                });
            }
        }
    }

    fn finish(mut self) -> Vec<Declared> {
        self.spread_atomics();
        for one in &mut self.structs {
            one.obstacles.sort_by(|a, b| a.reason.cmp(&b.reason));
        }
        self.structs
    }
}

/// Where a node stands.
fn place(file: &SourceFile<'_>, offset: u32) -> Place {
    let mut at = file.file.lines.line_col(offset);
    if file.rewritten {
        let head = file
            .file
            .src
            .lines()
            .take_while(|line| !line.starts_with("//line "));
        at.line = at.line.saturating_sub(head.count() as u32 + 1);
    }
    Place {
        path: file.path.to_owned(),
        at,
    }
}
