//! What the literals in a function do with one of its variables.

use crate::objects::ObjId;
use rustc_hash::FxHashSet;

use crate::analysis::Analysis;
use crate::ir::{Call, Event, Exit, Fact, FuncId, Mode};
use crate::paths::{From, Walk, leave};

/// Literals by whether they use a variable, themselves or through other literals.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// On some path.
    some: FxHashSet<FuncId>,
    /// On every path on which the variable is not nil.
    always: FxHashSet<FuncId>,
}

/// Literals that run literals that run literals are followed so far.
const MAX_ROUNDS: usize = 8;

impl Inner {
    /// `is_use`: the event itself is a use of the variable.
    pub(super) fn new(
        analysis: &Analysis<'_>,
        id: FuncId,
        var: ObjId,
        is_use: &dyn Fn(&Event) -> bool,
    ) -> Self {
        let family = analysis.literals(analysis.outermost(id));
        let uses = |func: &FuncId| analysis.func(*func).events().any(|(_, it)| is_use(it));
        let mut inner = Self {
            some: family.iter().copied().filter(uses).collect(),
            always: FxHashSet::default(),
        };
        if inner.some.is_empty() {
            return inner;
        }
        grow(&family, &mut inner.some, |func, known| {
            (analysis.func(func).events())
                .filter_map(|(_, event)| event.call())
                .any(|call| {
                    run(analysis, call)
                        .chain(handed(analysis, call))
                        .any(|it| known.contains(&it))
                })
        });
        let some = inner.some.clone();
        grow(&family, &mut inner.always, |func, known| {
            let walk = Walk {
                stops: &|_, event| {
                    is_use(event)
                        || event.call().is_some_and(|call| {
                            run(analysis, call).any(|it| known.contains(&it))
                                || handed(analysis, call).any(|it| some.contains(&it))
                        })
                },
                closed: &|_, _| false,
                exits: &|exit| exit == Exit::Return,
                facts: &[Fact { var, zero: false }],
            };
            some.contains(&func) && leave(analysis.func(func), From::Entry, &walk).is_none()
        });
        inner
    }

    /// A call runs a literal that certainly uses the variable.
    pub(super) fn certain(&self, analysis: &Analysis<'_>, call: &Call) -> bool {
        !self.some.is_empty() && run(analysis, call).any(|it| self.always.contains(&it))
    }

    /// A call runs a literal that uses the variable at another time: in a goroutine of its own, at the end of the
    /// function, where it decides whether there is anything left to do, or whenever others do.
    pub(super) fn later(&self, analysis: &Analysis<'_>, call: &Call) -> bool {
        matches!(call.mode, Mode::Maybe | Mode::Go | Mode::Deferred) && self.runs(analysis, call)
    }

    /// A call runs a literal that uses the variable on some path.
    pub(super) fn runs(&self, analysis: &Analysis<'_>, call: &Call) -> bool {
        !self.some.is_empty() && run(analysis, call).any(|it| self.some.contains(&it))
    }

    /// A call hands on a literal that uses the variable.
    pub(super) fn hands(&self, analysis: &Analysis<'_>, call: &Call) -> bool {
        !self.some.is_empty() && handed(analysis, call).any(|it| self.some.contains(&it))
    }

    /// A call hands on a literal that certainly uses the variable.
    pub(super) fn hands_certain(&self, analysis: &Analysis<'_>, call: &Call) -> bool {
        !self.some.is_empty() && handed(analysis, call).any(|it| self.always.contains(&it))
    }

    /// Literals that use the variable.
    pub(super) fn contains(&self, literal: FuncId) -> bool {
        self.some.contains(&literal)
    }
}

/// Adds literals until none is added.
fn grow(
    family: &[FuncId],
    set: &mut FxHashSet<FuncId>,
    mut belongs: impl FnMut(FuncId, &FxHashSet<FuncId>) -> bool,
) {
    for _ in 0..MAX_ROUNDS {
        let before = set.len();
        // Literals come behind those around them.
        for func in family.iter().rev() {
            if !set.contains(func) && belongs(*func, set) {
                set.insert(*func);
            }
        }
        if set.len() == before {
            break;
        }
    }
}

fn run<'c>(analysis: &'c Analysis<'_>, call: &'c Call) -> impl Iterator<Item = FuncId> + use<'c> {
    analysis
        .links
        .callees(&analysis.program, call)
        .iter()
        .copied()
}

fn handed<'c>(
    analysis: &'c Analysis<'_>,
    call: &'c Call,
) -> impl Iterator<Item = FuncId> + use<'c> {
    let nodes = call.args.iter().filter_map(|arg| arg.node);
    nodes.flat_map(|node| analysis.class(node).funcs.iter().copied())
}
