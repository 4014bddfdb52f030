//! The rules' questions, one file per kind of answer.

mod abandoned;
mod blocked;
mod cancels;
mod contexts;
mod counterparts;
mod counts;
mod drains;
mod endless;
mod groups;
mod inner;
mod lifetimes;
pub(crate) mod locks;
mod releases;
mod repairs;
mod self_blocks;
mod silent;

use base::{Cancellation, Cancelled};

use self::locks::Locks;
use crate::analysis::{Analysis, TextOf};
use crate::ir::{At, FuncId};
use crate::program::Program;
use crate::suspect::{Location, Mistake, Role, Step, Suspect, Tier};

/// What was found in the packages.
#[derive(Debug, Default)]
pub struct Suspects {
    /// By place.
    pub all: Vec<Suspect>,
    /// Functions that were looked at.
    pub functions: usize,
    /// Functions too large to be read to their end.
    pub cut: usize,
}

/// Looks for goroutines that cannot end. `text` gives the text of a file that was read, for the
/// places of findings and where the way one is told or fixed depends on it.
pub fn find(
    program: Program,
    text: &TextOf<'_>,
    cancel: &Cancellation,
) -> Result<Suspects, Cancelled> {
    let analysis = Analysis::new(program, text, cancel)?;
    let locks = Locks::new(&analysis, cancel)?;
    let mut found = Found {
        analysis: &analysis,
        locks: &locks,
        all: Vec::new(),
    };
    let questions: [fn(&mut Found<'_, '_>); 14] = [
        counterparts::find,
        abandoned::find,
        counts::find,
        silent::find,
        self_blocks::find,
        cancels::find,
        locks::find,
        blocked::find,
        groups::find,
        drains::find,
        endless::find,
        lifetimes::find,
        releases::find,
        contexts::find,
    ];
    for question in questions {
        cancel.check()?;
        question(&mut found);
    }
    let mut all = found.all;
    settle(&mut all);
    Ok(Suspects {
        all,
        functions: analysis.program.funcs.len(),
        cut: analysis.program.n_cut,
    })
}

/// Suspects in the making.
pub(crate) struct Found<'f, 'a> {
    pub(crate) analysis: &'f Analysis<'a>,
    pub(crate) locks: &'f Locks,
    all: Vec<Suspect>,
}

/// A suspect without the names of its surroundings.
pub(crate) struct Draft<'d> {
    pub(crate) mistake: Mistake,
    pub(crate) tier: Tier,
    pub(crate) func: FuncId,
    pub(crate) at: At,
    pub(crate) subject: String,
    pub(crate) other: String,
    pub(crate) steps: &'d [(At, Role)],
}

impl Found<'_, '_> {
    pub(crate) fn add(&mut self, draft: Draft<'_>) {
        let edits = repairs::of(self.analysis, &draft);
        self.add_with(draft, edits);
    }

    /// [`Self::add`], with the change that ends the mistake.
    fn add_with(&mut self, draft: Draft<'_>, edits: repairs::Edits) {
        let program = &self.analysis.program;
        let file = &program.files[draft.at.file as usize];
        let package = &program.packages[file.package as usize];
        if !package.asked {
            return;
        }
        let mut steps: Vec<Step> = Vec::new();
        for (at, role) in draft.steps {
            let step = Step {
                at: self.location(*at),
                role: *role,
            };
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        self.all.push(Suspect {
            at: self.location(draft.at),
            mistake: draft.mistake,
            tier: draft.tier,
            subject: draft.subject,
            other: draft.other,
            function: self.analysis.func(draft.func).name.clone(),
            package: package.import_path.clone(),
            steps,
            edits: (edits.into_iter())
                .map(|(at, text)| (self.location(at), text))
                .collect(),
        });
    }

    fn location(&self, at: At) -> Location {
        let file = &self.analysis.program.files[at.file as usize];
        let [start, end] = self.analysis.lines(at);
        Location {
            path: file.path.clone(),
            start,
            end,
            range: at.range,
        }
    }
}

/// Of several suspects at one place the surest stays, of equal ones that of the first rule.
fn settle(all: &mut Vec<Suspect>) {
    all.sort_by(|a, b| {
        (a.at.cmp(&b.at))
            .then(a.tier.cmp(&b.tier))
            .then(a.mistake.rule().cmp(&b.mistake.rule()))
            .then(a.mistake.cmp(&b.mistake))
    });
    all.dedup_by(|later, kept| later.at == kept.at);
}
