//! Locations and the edges between them.
//!
//! Source: cmd/compile/internal/escape/graph.go, go1.27.3.

use base::IndexVec;
use go_ir::{FuncId, NodeId, VarId};
use rustc_hash::FxHashMap;

use super::leaks::Leaks;
use super::report::Finding;

base::typed_id! {
    /// A location of a batch.
    pub(super) struct LocationId;
}

base::typed_id! {
    /// A step of an explanation.
    pub(super) struct NoteId;
}

/// What a location or a step stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Subject {
    Var(VarId),
    Node(NodeId),
}

/// Attributes of a location, a set.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Attrs(u8);

impl Attrs {
    pub(super) const NONE: Self = Self(0);
    /// Its address goes where it outlives the location: it must be on the heap.
    pub(super) const ESCAPES: Self = Self(1);
    /// Its address outlives the statement.
    pub(super) const PERSISTS: Self = Self(2);
    /// Memory that can be reached from it may be changed.
    pub(super) const MUTATES: Self = Self(4);
    /// Closures that can be reached from it may be called, with results that nobody follows.
    pub(super) const CALLS: Self = Self(8);
    pub(super) const ALL: Self = Self(15);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// What may hold a value: a variable, an allocation, or a temporary.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Location {
    /// `None` for temporaries and pseudo-locations.
    pub(super) subject: Option<Subject>,
    pub(super) func: Option<FuncId>,
    pub(super) edges: Vec<Edge>,
    /// Loops around its declaration, counted from 1.
    pub(super) loop_depth: i32,
    /// Of a result, its number.
    pub(super) result: Option<usize>,
    pub(super) attrs: Attrs,
    /// Of a parameter.
    pub(super) leaks: Leaks,
    pub(super) param: bool,
    pub(super) captured: bool,
    pub(super) reassigned: bool,
    pub(super) address_taken: bool,
    pub(super) walk: Walk,
}

/// What the walk from one root has found about a location.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walk {
    /// Number of the walk that the rest is of.
    pub(super) number: u32,
    pub(super) derefs: i32,
    /// The next location on the way to the root, and the edge from here to there.
    pub(super) next: Option<(LocationId, usize)>,
    /// It waits for a walk from it.
    pub(super) waits: bool,
    /// The walk in whose queue it is.
    pub(super) queued: u32,
}

/// A flow of values into a location.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) source: LocationId,
    /// Loads on the way; -1 if the source's address flows.
    pub(super) derefs: i32,
    pub(super) notes: Option<NoteId>,
}

/// The context in which an expression is evaluated: where its value goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hole {
    pub(super) to: LocationId,
    /// At least -1.
    pub(super) derefs: i32,
    /// The context takes the address of the expression.
    pub(super) address_taken: bool,
    pub(super) notes: Option<NoteId>,
}

impl Hole {
    pub(super) fn to(location: LocationId) -> Self {
        Self {
            to: location,
            derefs: 0,
            address_taken: false,
            notes: None,
        }
    }

    pub(super) fn shift(self, delta: i32) -> Self {
        debug_assert!(self.derefs + delta >= -1, "an address of an address");
        Self {
            derefs: self.derefs + delta,
            address_taken: delta < 0,
            ..self
        }
    }
}

/// A step of an explanation; the steps of a flow are a list, last step first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note {
    pub(super) next: Option<NoteId>,
    pub(super) subject: Subject,
    pub(super) why: &'static str,
}

/// The flows of one batch.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) locations: IndexVec<LocationId, Location>,
    pub(super) by_var: FxHashMap<VarId, LocationId>,
    pub(super) notes: IndexVec<NoteId, Note>,
    /// What was found, in gc's order.
    pub(super) findings: Vec<Finding>,
    /// Whether flows are explained, as with `-m=2`.
    pub(super) explains: bool,
}

impl Graph {
    /// Everything that outlives the functions.
    pub(super) const HEAP: LocationId = LocationId(0);
    /// The pointer of an indirect assignment.
    pub(super) const MUTATOR: LocationId = LocationId(1);
    /// The callee of a call that is not known.
    pub(super) const CALLEE: LocationId = LocationId(2);
    /// Where values go that nobody wants.
    pub(super) const BLANK: LocationId = LocationId(3);
    /// Pseudo-locations come first.
    const N_PSEUDO: usize = 4;

    pub(super) fn new(explains: bool) -> Self {
        let attrs = [Attrs::ALL, Attrs::MUTATES, Attrs::CALLS, Attrs::NONE];
        let locations = attrs.into_iter().map(|attrs| Location {
            attrs,
            ..Location::default()
        });
        Self {
            locations: locations.collect(),
            by_var: FxHashMap::default(),
            notes: IndexVec::default(),
            findings: Vec::new(),
            explains,
        }
    }

    /// The locations of the batch, in order of creation.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = LocationId> + use<> {
        (Self::N_PSEUDO..self.locations.len()).map(base::Idx::from_index)
    }

    /// The value of `source` flows into the hole.
    pub(super) fn flow(&mut self, hole: Hole, source: LocationId) {
        if hole.address_taken {
            self.locations[source].address_taken = true;
        }
        let to = hole.to;
        if to == Self::BLANK || (to == source && hole.derefs >= 0) {
            return;
        }
        if self.locations[to].attrs.has(Attrs::ESCAPES) && hole.derefs < 0 {
            self.explain_store(hole, source);
            self.locations[source].attrs = Attrs::ALL;
            return;
        }
        self.locations[to].edges.push(Edge {
            source,
            derefs: hole.derefs,
            notes: hole.notes,
        });
    }

    /// The hole, with a step of the explanation.
    pub(super) fn note(&mut self, hole: Hole, subject: Subject, why: &'static str) -> Hole {
        if !self.explains {
            return hole;
        }
        let note = self.notes.push(Note {
            next: hole.notes,
            subject,
            why,
        });
        Hole {
            notes: Some(note),
            ..hole
        }
    }
}
