//! Packages and their files.

use base::{FileId, LineCol, LineIndex};

use crate::{Name, ScopeId};

base::typed_id! {
    /// A package of the store.
    pub struct PkgId;
}

impl PkgId {
    /// Package unsafe, which has no source.
    pub const UNSAFE: Self = Self(0);
}

/// A package in the store: its name, scope and imports. Facts about its source are in `Info`.
#[derive(Clone, PartialEq, Debug)]
pub struct Package {
    /// As type strings and identity have it: a test variant `p [p.test]` is `p`.
    pub path: Name,
    /// In the package clause.
    pub name: Name,
    /// Package-level objects.
    pub scope: ScopeId,
    /// In the order in which they are checked.
    pub files: Vec<FileId>,
    /// Direct imports in order of first mention.
    pub imports: Vec<PkgId>,
    /// Language version, minor: 27 is go1.27.
    pub go_version: u16,
    /// Made up for an import that could not be resolved: whatever it is asked for exists and is invalid.
    pub fake: bool,
    /// Read from a summary: names that are in the package scope but not in the store, a line each.
    pub(crate) hidden: Box<str>,
}

impl Package {
    /// Whether the package declares the name, though the store does not have it.
    pub(crate) fn hides(&self, name: &str) -> bool {
        self.hidden
            .split_terminator('\n')
            .any(|hidden| hidden == name)
    }
}

impl Default for Package {
    fn default() -> Self {
        Self {
            path: Name::EMPTY,
            name: Name::EMPTY,
            scope: ScopeId::UNIVERSE,
            files: Vec::new(),
            imports: Vec::new(),
            go_version: 0,
            fake: false,
            hidden: Box::default(),
        }
    }
}

/// A source file of the store.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceFile {
    /// Last element of the path.
    pub base_name: Box<str>,
    /// Where its lines start.
    pub lines: LineIndex,
    /// The package it is of.
    pub pkg: PkgId,
    /// Language version, minor; may differ from the package's by a build constraint.
    pub go_version: u16,
}

impl Default for SourceFile {
    fn default() -> Self {
        Self {
            base_name: Box::default(),
            lines: LineIndex::new(b""),
            pkg: PkgId::UNSAFE,
            go_version: 0,
        }
    }
}

impl SourceFile {
    /// Line and column of an offset.
    pub fn line_col(&self, offset: u32) -> LineCol {
        self.lines.line_col(offset)
    }
}
