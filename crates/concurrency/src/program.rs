//! The functions of all packages under analysis, and what their values may be.

use std::path::Path;

use base::{Cancellation, Cancelled, IndexVec};
use go_syntax::{DeclKind, File};
use go_types::{Def, FileInfo, ObjId, PkgId, Store, TypeId};
use rustc_hash::FxHashMap;

use crate::ir::{At, Func, FuncId, PlaceId};
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

/// A file as the program knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgramFile<'a> {
    pub(crate) source: SourceFile<'a>,
    pub(crate) package: u32,
}

/// A variable and the fields selected from it, outside in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Place {
    pub(crate) root: ObjId,
    pub(crate) fields: Vec<ObjId>,
}

/// Everything the rules look at.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    pub(crate) packages: Vec<PackageFacts>,
    pub(crate) files: Vec<ProgramFile<'a>>,
    pub(crate) funcs: IndexVec<FuncId, Func>,
    pub(crate) of_obj: FxHashMap<ObjId, FuncId>,
    pub(crate) nodes: Nodes,
    pub(crate) places: Vec<Place>,
    place_ids: FxHashMap<Place, PlaceId>,
    /// Contexts that are made with a function that ends them.
    pub(crate) contexts: Vec<NodeId>,
    /// Interfaces by the methods that are called on them.
    pub(crate) interfaces: FxHashMap<ObjId, TypeId>,
    /// Literals and methods by the function that they are used in as values.
    pub(crate) literals: FxHashMap<FuncId, Vec<FuncId>>,
    /// Bodies with more blocks than this are cut off.
    pub(crate) n_cut: usize,
}

impl<'a> Program<'a> {
    /// Reads all functions of the packages.
    pub(crate) fn new(
        store: &mut Store,
        packages: &[SourcePackage<'a>],
        cancel: &Cancellation,
    ) -> Result<Self, Cancelled> {
        let mut program = Self {
            packages: Vec::new(),
            files: Vec::new(),
            funcs: IndexVec::new(),
            of_obj: FxHashMap::default(),
            nodes: Nodes::default(),
            places: Vec::new(),
            place_ids: FxHashMap::default(),
            contexts: Vec::new(),
            interfaces: FxHashMap::default(),
            literals: FxHashMap::default(),
            n_cut: 0,
        };
        for (number, package) in packages.iter().enumerate() {
            let is_main = package.name == "main";
            program.packages.push(PackageFacts {
                import_path: package.import_path.to_owned(),
                asked: package.asked,
                is_main,
                go_minor: package.go_minor,
            });
            for source in &package.files {
                let file = program.files.len() as u32;
                program.files.push(ProgramFile {
                    source: *source,
                    package: number as u32,
                });
                program.declare(store, file, is_main);
            }
        }
        let mut types = Types::default();
        for file in 0..program.files.len() as u32 {
            cancel.check()?;
            lower::file(&mut program, store, &mut types, file);
        }
        Ok(program)
    }

    /// Gives the functions of a file their ids, so that bodies can refer to all of them.
    fn declare(&mut self, store: &mut Store, number: u32, is_main: bool) {
        let ProgramFile { source, package } = self.files[number as usize];
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

    /// The source text of a range.
    pub(crate) fn text(&self, at: At) -> &'a str {
        let file = self.files[at.file as usize].source.file;
        let range = at.range.start as usize..at.range.end as usize;
        file.src.get(range).unwrap_or_default()
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
