//! The functions of all packages under analysis, and what their values may be.

use std::path::{Path, PathBuf};

use base::{Cancellation, Cancelled, IndexVec};
use go_syntax::{DeclKind, File};
use go_types::{Def, FileInfo, PkgId, Store};
use rustc_hash::FxHashMap;

use crate::ir::{Func, FuncId, PlaceId};
use crate::lower;
use crate::nodes::{NodeId, Nodes};
use crate::objects::{Key, ObjId, Object, Reader, Text};
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
#[derive(Clone, Debug, Default)]
pub(crate) struct PackageFacts {
    pub(crate) import_path: String,
    pub(crate) asked: bool,
    pub(crate) is_main: bool,
    pub(crate) go_minor: u16,
}

/// A file of a package.
#[derive(Clone, Debug)]
pub(crate) struct ProgramFile {
    pub(crate) path: PathBuf,
    pub(crate) package: u32,
}

/// A variable and the fields selected from it, outside in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Place {
    pub(crate) root: ObjId,
    pub(crate) fields: Vec<ObjId>,
}

/// An interface with a method that is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Interface {
    /// Code that is not analysed can implement it.
    pub(crate) is_open: bool,
    pub(crate) methods: Vec<Text>,
    /// Of the method that is called.
    pub(crate) n_params: usize,
    pub(crate) n_results: usize,
}

/// The functions of packages, which are read one package after the other, imports first. Of what is read neither trees nor
/// the store are needed any more: objects are the program's own.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) packages: Vec<PackageFacts>,
    pub(crate) files: Vec<ProgramFile>,
    pub(crate) funcs: IndexVec<FuncId, Func>,
    pub(crate) objects: IndexVec<ObjId, Object>,
    pub(crate) keys: FxHashMap<Key, ObjId>,
    pub(crate) of_obj: FxHashMap<ObjId, FuncId>,
    pub(crate) nodes: Nodes,
    pub(crate) places: Vec<Place>,
    pub(crate) place_ids: FxHashMap<Place, PlaceId>,
    /// Contexts that are made with a function that ends them.
    pub(crate) contexts: Vec<NodeId>,
    /// Interfaces by the methods that are called on them.
    pub(crate) interfaces: FxHashMap<ObjId, Interface>,
    /// Names of the methods of the types that have some, by the types' names.
    pub(crate) methods: FxHashMap<Text, Vec<Text>>,
    /// Literals and methods by the function that they are used in as values.
    pub(crate) literals: FxHashMap<FuncId, Vec<FuncId>>,
    /// Bodies with more blocks than this are cut off.
    pub(crate) n_cut: usize,
}

/// The functions of one package, with ids of their own: what it is read as does not depend on the packages around it, but
/// for the functions that it imports.
#[derive(Debug)]
pub struct Part(pub(crate) Program);

impl Part {
    /// The sources of this crate: another version may read something else.
    pub const VERSION: &str = env!("CONCURRENCY");

    pub fn to_bytes(&self) -> Vec<u8> {
        crate::wire::write(&self.0)
    }

    /// `None` if these are not the bytes of a part.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        crate::wire::read(bytes).map(Self)
    }
}

impl Program {
    /// Reads all functions of a package, whose types are in the store.
    pub fn read(
        &mut self,
        store: &mut Store,
        package: &SourcePackage<'_>,
        cancel: &Cancellation,
    ) -> Result<(), Cancelled> {
        let part = self.read_alone(store, package, cancel)?;
        let paths = package.files.iter().map(|it| it.path.to_owned());
        self.add(part, paths.collect(), package.asked);
        Ok(())
    }

    /// The functions of a package alone. Those that it imports are there already.
    pub fn read_alone(
        &self,
        store: &mut Store,
        package: &SourcePackage<'_>,
        cancel: &Cancellation,
    ) -> Result<Part, Cancelled> {
        let mut part = Self {
            packages: vec![PackageFacts {
                import_path: package.import_path.to_owned(),
                asked: false,
                is_main: package.name == "main",
                go_minor: package.go_minor,
            }],
            ..Self::default()
        };
        let objects = Reader::default();
        for source in &package.files {
            part.declare(store, &objects, source);
        }
        let mut types = Types::default();
        for (source, file) in package.files.iter().zip(0..) {
            cancel.check()?;
            lower::file(&mut part, self, store, &objects, &mut types, source, file);
        }
        part.objects = objects.objects();
        Ok(Part(part))
    }

    /// Gives the functions of a file their ids, so that bodies can refer to all of them.
    fn declare(&mut self, store: &mut Store, objects: &Reader, source: &SourceFile<'_>) {
        let is_main = self.packages[0].is_main;
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
            let declared = lower::signature(store, objects, obj, is_main);
            if let Some(recv) = declared.params.first().filter(|_| declared.has_recv) {
                let typ = objects.get(*recv).typ;
                self.methods
                    .entry(typ)
                    .or_insert_with(|| lower::methods(store, obj));
            }
            let id = self.funcs.push(declared);
            self.of_obj.insert(objects.id(store, obj), id);
        }
    }

    /// The program's own object; one that others can mention is known already if they do.
    pub(crate) fn object(&mut self, object: Object) -> ObjId {
        let Some(key) = object.key else {
            return self.objects.push(object);
        };
        let objects = &mut self.objects;
        *(self.keys.entry(key)).or_insert_with(|| objects.push(object))
    }

    /// A function of the packages that were read, by where it is declared.
    pub(crate) fn declared(&self, key: Option<Key>) -> Option<&Func> {
        let id = self.of_obj.get(self.keys.get(&key?)?)?;
        Some(&self.funcs[*id])
    }

    /// The name of an object as the source has it.
    pub(crate) fn name_of(&self, obj: ObjId) -> Text {
        self.objects[obj].name
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
