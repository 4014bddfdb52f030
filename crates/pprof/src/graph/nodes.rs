//! Nodes: what a location looks like at the report's granularity.

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
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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

    /// As reports print it.
    pub(crate) fn printable(&self, strings: &Strings) -> String {
        if self.address == 0 && self.line == 0 && self.file.is_empty() && !self.name.is_empty() {
            return strings.text(self.name).into_owned();
        }
        self.components(strings).join(" ")
    }

    /// The components with another name and only the last element of the file's path.
    pub(crate) fn components_named(&self, name: &str, strings: &Strings) -> Vec<String> {
        let mut parts = Vec::with_capacity(2);
        if self.address != 0 {
            parts.push(format!("{:016x}", self.address));
        }
        if !name.is_empty() {
            parts.push(name.to_owned());
        }
        let file = strings.text(self.file);
        let file = if file.is_empty() {
            ""
        } else {
            path::base(&file)
        };
        self.push_place(&mut parts, file, &strings.text(self.objfile));
        parts
    }

    /// A text that differs whenever nodes differ; the last tie-break of pprof's orders.
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
    /// The node of each node's whole function.
    functions: Vec<NodeId>,
    /// The nodes of each location, innermost first; never none.
    pub(crate) of_locations: LocationSymbols<NodeId>,
}

impl NodeTable {
    /// Nodes for all locations. With `obj_names` nodes of different binaries stay apart;
    /// `by_file` drops what would split a file's node.
    pub(crate) fn new(profile: &mut Profile, obj_names: bool, by_file: bool) -> Self {
        clean_filenames(profile);
        let mut table = Self {
            infos: Vec::new(),
            functions: Vec::new(),
            of_locations: LocationSymbols::default(),
        };
        let mut ids = FxHashMap::default();
        let mut nodes = Vec::new();
        for id in profile.locations.ids() {
            let location = &profile.locations[id];
            let objfile = location
                .mapping
                .map_or(StrId::EMPTY, |it| profile.mappings[it].file);
            let lines = profile.lines(id);
            if lines.is_empty() {
                let info = NodeInfo {
                    name: StrId::EMPTY,
                    address: location.address,
                    file: StrId::EMPTY,
                    start_line: 0,
                    line: 0,
                    column: 0,
                    objfile,
                };
                let node = table.node(info, &mut ids);
                nodes.push(node);
            }
            for line in lines {
                let function = &profile.functions[line.function];
                let code = obj_names || function.name.is_empty();
                let node = table.node(
                    NodeInfo {
                        name: function.name,
                        address: location.address,
                        file: function.filename,
                        start_line: if code && !by_file {
                            function.start_line
                        } else {
                            0
                        },
                        line: line.line,
                        column: line.column,
                        objfile: if code { objfile } else { StrId::EMPTY },
                    },
                    &mut ids,
                );
                nodes.push(node);
            }
            table.of_locations.push(nodes.drain(..));
        }
        table
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

/// Makes all file names of functions clean paths.
fn clean_filenames(profile: &mut Profile) {
    for id in profile.functions.ids() {
        let filename = profile.functions[id].filename;
        let text = profile.strings.get(filename);
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        if !text.is_empty() && !path::is_clean(text) {
            let cleaned = path::clean(text);
            profile.functions[id].filename = profile.strings.intern(cleaned.as_bytes());
        }
    }
}
