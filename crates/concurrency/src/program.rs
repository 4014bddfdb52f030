//! The functions of all packages under analysis, and what their values may be.

use std::path::{Path, PathBuf};

use base::{Cancellation, Cancelled, IndexVec, LineIndex};
use go_syntax::{DeclKind, File};
use go_types::{Def, FileInfo, ObjId, PkgId, Store, TypeId};
use rustc_hash::FxHashMap;

use crate::ir::{Func, FuncId, PlaceId};
use crate::lower;
use crate::nodes::{NodeId, Nodes};
use crate::types::Types;

/// A package whose bodies were checked.
#[derive(Clone, Debug)]
pub struct SourcePackage<'a> {
    pub import_path: &'a str,
    /// In the package clause.
    pub name: &'a str,
    pub pkg: PkgId,
    pub files: Vec<SourceFile<'a>>,
    /// Whether findings in it are wanted; else it only answers for those that import it.
    pub asked: bool,
    /// Minor language version: 27 is go1.27.
    pub go_minor: u16,
}

/// A file with what the check found out about it.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    pub path: &'a Path,
    pub file: &'a File,
    pub info: &'a FileInfo,
}

/// What is known of a package, for the rules.
#[derive(Clone, Debug)]
pub(crate) struct PackageFacts {
    pub(crate) import_path: String,
    pub(crate) asked: bool,
    pub(crate) is_main: bool,
    pub(crate) go_minor: u16,
}

/// A file as the program knows it, without its tree.
#[derive(Clone, Debug)]
pub(crate) struct ProgramFile {
    pub(crate) path: PathBuf,
    pub(crate) lines: LineIndex,
    pub(crate) package: u32,
}

/// A variable and the fields selected from it, outside in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Place {
    pub(crate) root: ObjId,
    pub(crate) fields: Vec<ObjId>,
}

/// The functions of packages, which are read one package after the other, imports first. Of what is read neither trees nor
/// facts about them are needed any more.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) packages: Vec<PackageFacts>,
    pub(crate) files: Vec<ProgramFile>,
    pub(crate) funcs: IndexVec<FuncId, Func>,
    pub(crate) of_obj: FxHashMap<ObjId, FuncId>,
    pub(crate) nodes: Nodes,
    pub(crate) places: Vec<Place>,
    place_ids: FxHashMap<Place, PlaceId>,
    types: Types,
    /// Contexts that are made with a function that ends them.
    pub(crate) contexts: Vec<NodeId>,
    /// Interfaces by the methods that are called on them.
    pub(crate) interfaces: FxHashMap<ObjId, TypeId>,
    /// Literals and methods by the function that they are used in as values.
    pub(crate) literals: FxHashMap<FuncId, Vec<FuncId>>,
    /// Bodies with more blocks than this are cut off.
    pub(crate) n_cut: usize,
}

impl Program {
    /// Reads all functions of a package, whose types are in the store.
    pub fn read(
        &mut self,
        store: &mut Store,
        package: &SourcePackage<'_>,
        cancel: &Cancellation,
    ) -> Result<(), Cancelled> {
        let number = self.packages.len() as u32;
        let is_main = package.name == "main";
        self.packages.push(PackageFacts {
            import_path: package.import_path.to_owned(),
            asked: package.asked,
            is_main,
            go_minor: package.go_minor,
        });
        let first = self.files.len() as u32;
        for source in &package.files {
            self.files.push(ProgramFile {
                path: source.path.to_owned(),
                lines: source.file.lines.clone(),
                package: number,
            });
            self.declare(store, source, number, is_main);
        }
        let mut types = std::mem::take(&mut self.types);
        for (source, file) in package.files.iter().zip(first..) {
            cancel.check()?;
            lower::file(self, store, &mut types, source, file);
        }
        self.types = types;
        Ok(())
    }

    /// Gives the functions of a file their ids, so that bodies can refer to all of them.
    fn declare(&mut self, store: &mut Store, source: &SourceFile<'_>, package: u32, is_main: bool) {
        for decl in &source.file.decls {
            let DeclKind::Func(func) = source.file.ast.decl(*decl).kind else {
                continue;
            };
            let Some(Def::Object(obj)) = source.info.def(func.name) else {
                continue;
            };
            if func.body.is_none() {
                continue;
            }
            let declared = lower::signature(store, obj, package, is_main);
            let id = self.funcs.push(declared);
            self.of_obj.insert(obj, id);
        }
    }

    pub(crate) fn place(&mut self, place: Place) -> PlaceId {
        if let Some(id) = self.place_ids.get(&place) {
            return *id;
        }
        let id = <PlaceId as base::Idx>::from_index(self.places.len());
        self.places.push(place.clone());
        self.place_ids.insert(place, id);
        id
    }

    /// A place that some operation mentions.
    pub(crate) fn known_place(&self, place: &Place) -> Option<PlaceId> {
        self.place_ids.get(place).copied()
    }

    /// The place of a variable itself.
    pub(crate) fn var_place(&self, root: ObjId) -> Option<PlaceId> {
        self.known_place(&Place {
            root,
            fields: Vec::new(),
        })
    }

    pub(crate) fn place_of(&self, id: PlaceId) -> &Place {
        &self.places[base::Idx::index(id)]
    }
}

/// One line, not too long.
pub(crate) fn short(text: &str) -> String {
    const MAX: usize = 40;
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= MAX {
        return text;
    }
    let start: String = text.chars().take(MAX - 1).collect();
    format!("{start}…")
}
