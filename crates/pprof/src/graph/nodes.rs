//! Nodes: what a location looks like at the report's granularity.

use std::cmp::Ordering;

use base::Idx;
use profile::{LocationId, LocationSymbols, Profile, StrId, Strings};
use rustc_hash::FxHashMap;

use crate::path;

base::typed_id! {
    /// A node: in a [`NodeTable`], or in a call tree.
    pub(crate) struct NodeId;
}

/// What makes a node different from others. Empty or 0: not known, or not shown at this
/// granularity.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Debug)]
pub(crate) struct NodeInfo {
    pub(crate) name: StrId,
    pub(crate) address: u64,
    /// A clean path.
    pub(crate) file: StrId,
    pub(crate) start_line: i64,
    pub(crate) line: i64,
    pub(crate) column: i64,
    /// The binary's path; only for reports on code, and for nodes without a name.
    pub(crate) objfile: StrId,
}

impl NodeInfo {
    /// Address, name and place, as far as known.
    pub(crate) fn components(&self, strings: &Strings) -> Vec<String> {
        let mut parts = Vec::with_capacity(2);
        if self.address != 0 {
            parts.push(format!("{:016x}", self.address));
        }
        if !self.name.is_empty() {
            parts.push(strings.text(self.name).into_owned());
        }
        self.push_place(
            &mut parts,
            &strings.text(self.file),
            &strings.text(self.objfile),
        );
        parts
    }

    fn push_place(&self, parts: &mut Vec<String>, file: &str, objfile: &str) {
        if self.line != 0 {
            let column = match self.column {
                0 => String::new(),
                column => format!(":{column}"),
            };
            parts.push(format!("{file}:{}{column}", self.line));
        } else if !file.is_empty() {
            parts.push(file.to_owned());
        } else if self.name.is_empty() {
            parts.push(if objfile.is_empty() {
                "<unknown>".to_owned()
            } else {
                format!("[{}]", path::base(objfile))
            });
        }
    }

    /// As reports print it, however long it is.
    pub(crate) fn printable(&self, strings: &Strings) -> String {
        if self.address == 0 && self.line == 0 && self.file.is_empty() && !self.name.is_empty() {
            return strings.text(self.name).into_owned();
        }
        self.components(strings).join(" ")
    }

    /// As reports print it, but without a file that is all that stands behind the function.
    pub(crate) fn bare(&self, strings: &Strings) -> String {
        if self.line == 0 && self.address == 0 && !self.name.is_empty() {
            return strings.text(self.name).into_owned();
        }
        self.printable(strings)
    }

    /// The order of texts that differ whenever nodes differ; the last tie-break of pprof's orders.
    pub(crate) fn compare(&self, other: &Self, strings: &Strings) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        // Texts can be long, and equal in thousands of nodes.
        if a.name == b.name {
            (a.name, b.name) = (StrId::EMPTY, StrId::EMPTY);
        }
        if a.file == b.file {
            (a.file, b.file) = (StrId::EMPTY, StrId::EMPTY);
        }
        a.sort_key(strings).cmp(&b.sort_key(strings))
    }

    /// A text that differs whenever nodes differ.
    pub(crate) fn sort_key(&self, strings: &Strings) -> String {
        let text = |id| strings.text(id);
        format!(
            "{{{}  {} {} {} {} {} {}}}",
            text(self.name),
            self.address,
            text(self.file),
            self.start_line,
            self.line,
            self.column,
            text(self.objfile)
        )
    }

    /// The node of the whole function.
    fn function(self) -> Self {
        Self {
            address: 0,
            line: 0,
            column: 0,
            ..self
        }
    }
}

/// The nodes of a profile's locations.
#[derive(Debug)]
pub(crate) struct NodeTable {
    pub(crate) infos: Vec<NodeInfo>,
    /// The texts of `infos`: those of the profile, and file names that were changed.
    pub(crate) strings: Strings,
    /// The node of each node's whole function.
    functions: Vec<NodeId>,
    /// The nodes of each location, innermost first; never none.
    pub(crate) of_locations: LocationSymbols<NodeId>,
    /// Bytes that names are cut to, because all of them would take too much; `None`: they are whole.
    pub(crate) name_limit: Option<usize>,
}

/// Most bytes of all names together. A small file can have a long name in thousands of places.
const MAX_NAMES: usize = 64 << 20;
/// No name is cut to less.
const MIN_NAME: usize = 200;

impl NodeTable {
    /// Nodes for all locations. With `obj_names` nodes of different binaries stay apart;
    /// `by_file` drops what would split a file's node. File names are cleaned and, with `paths`
    /// (`trim_path` and `source_path`), trimmed.
    pub(crate) fn new(
        profile: &Profile,
        obj_names: bool,
        by_file: bool,
        paths: Option<[&str; 2]>,
    ) -> Self {
        let mut table = Self {
            infos: Vec::new(),
            strings: profile.strings.clone(),
            functions: Vec::new(),
            of_locations: LocationSymbols::default(),
            name_limit: None,
        };
        let files = file_names(profile, &mut table.strings, paths);
        let mut ids = FxHashMap::default();
        let mut nodes = Vec::new();
        for id in profile.locations.ids() {
            let location = &profile.locations[id];
            let mapping = location.mapping;
            let objfile = mapping.map_or(StrId::EMPTY, |it| profile.mappings[it].file);
            let lines = profile.lines(id);
            if lines.is_empty() {
                let info = NodeInfo {
                    address: location.address,
                    objfile,
                    ..NodeInfo::default()
                };
                nodes.push(table.node(info, &mut ids));
            }
            for line in lines {
                let function = &profile.functions[line.function];
                let code = obj_names || function.name.is_empty();
                let info = NodeInfo {
                    name: function.name,
                    address: location.address,
                    file: files[line.function.index()],
                    start_line: if code && !by_file {
                        function.start_line
                    } else {
                        0
                    },
                    line: line.line,
                    column: line.column,
                    objfile: if code { objfile } else { StrId::EMPTY },
                };
                nodes.push(table.node(info, &mut ids));
            }
            table.of_locations.push(nodes.drain(..));
        }
        table.limit_names();
        table
    }

    fn limit_names(&mut self) {
        let len = |id| self.strings.get(id).len();
        let lens = self.infos.iter().map(|it| len(it.name) + len(it.file));
        if lens.fold(0, usize::saturating_add) > MAX_NAMES {
            self.name_limit = Some((MAX_NAMES / self.infos.len()).max(MIN_NAME));
        }
    }

    /// A node as reports print it.
    pub(crate) fn printable(&self, id: NodeId) -> String {
        let mut name = self.infos[id.index()].printable(&self.strings);
        if let Some(limit) = self.name_limit
            && name.len() > limit
        {
            let end = (0..=limit).rev().find(|&it| name.is_char_boundary(it));
            name.truncate(end.unwrap_or(0));
            name.push('…');
        }
        name
    }

    fn node(&mut self, info: NodeInfo, ids: &mut FxHashMap<NodeInfo, NodeId>) -> NodeId {
        if let Some(&id) = ids.get(&info) {
            return id;
        }
        let id = NodeId::from_index(self.infos.len());
        ids.insert(info, id);
        self.infos.push(info);
        self.functions.push(id);
        if info.address != 0 || info.line != 0 {
            let function = self.node(info.function(), ids);
            self.functions[id.index()] = function;
        }
        id
    }

    pub(crate) fn len(&self) -> usize {
        self.infos.len()
    }

    pub(crate) fn function(&self, id: NodeId) -> NodeId {
        self.functions[id.index()]
    }

    /// The nodes of a location, innermost first; never empty.
    #[inline]
    pub(crate) fn of(&self, location: LocationId) -> &[NodeId] {
        self.of_locations.of(location)
    }
}

/// The file names of all functions, trimmed and cleaned.
fn file_names(profile: &Profile, strings: &mut Strings, paths: Option<[&str; 2]>) -> Vec<StrId> {
    let mut changed: FxHashMap<StrId, StrId> = FxHashMap::default();
    let functions = profile.functions.iter();
    let mut of_function = |filename: StrId| {
        if filename.is_empty() {
            return filename;
        }
        *changed.entry(filename).or_insert_with(|| {
            let text = profile.strings.text(filename);
            let trimmed = match paths {
                Some([trim_path, source_path]) => path::trim(&text, trim_path, source_path),
                None => &text,
            };
            let is_text = matches!(text, std::borrow::Cow::Borrowed(_));
            match (path::is_clean(trimmed), trimmed.len() < text.len()) {
                // Names that are not UTF-8 stay as they are.
                (_, false) if !is_text => filename,
                (true, false) => filename,
                (true, true) => strings.intern(trimmed.as_bytes()),
                (false, _) if trimmed.is_empty() => StrId::EMPTY,
                (false, _) => strings.intern(path::clean(trimmed).as_bytes()),
            }
        })
    };
    functions.map(|it| of_function(it.filename)).collect()
}
