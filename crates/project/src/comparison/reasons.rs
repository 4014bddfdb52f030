//! What the compiler decides otherwise on the new side, as a reason for another speed or other
//! allocations.

use gc::ChangeKind;

use super::Context;
use super::side::Side;
use crate::analysis::{Analysis, analyse};
use crate::changes::{ChangeScope, PackageChange, compare};
use crate::workspace::{PackageRequest, Workspace};

/// A decision that may explain another speed or other allocations.
pub(super) struct Reason {
    pub(super) package: String,
    pub(super) function: String,
    pub(super) direction: Direction,
    /// Base name of the file, and line.
    pub(super) place: Option<(String, u32)>,
    /// What is decided otherwise, and where.
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    NowEscapes,
    NoLongerEscapes,
    Other,
}

/// The reasons in the packages of these patterns, escapes before inlining. None where a side cannot be
/// compiled: an explanation is missing then, the comparison stands.
pub(super) fn reasons(ctx: &Context<'_>, sides: [&Side; 2], patterns: &[String]) -> Vec<Reason> {
    if patterns.is_empty() {
        return Vec::new();
    }
    let [Some(old), Some(new)] = sides.map(|side| analysed(ctx, side, patterns)) else {
        return Vec::new();
    };
    let scopes = [ChangeScope::Escape, ChangeScope::Inline];
    let found = scopes.map(|scope| compare((&old.0, &old.1), (&new.0, &new.1), scope));
    found.iter().flatten().filter_map(reason).collect()
}

fn analysed<'a>(
    ctx: &Context<'a>,
    side: &Side,
    patterns: &[String],
) -> Option<(Workspace<'a>, Analysis)> {
    let go = ctx.request.go.as_deref();
    let workspace = Workspace::open(ctx.system, ctx.cancel, go, &side.dir, true).ok()?;
    let request = PackageRequest {
        patterns: patterns.to_vec(),
        tags: ctx.request.tags.clone(),
        flags: side.flags.clone(),
        ..PackageRequest::default()
    };
    let loaded = workspace.load(&request).ok()?;
    let analysis = analyse(&workspace, &loaded, &request, ctx.events).ok()?;
    Some((workspace, analysis))
}

/// A change as a reason; a cost that changes nothing, and a value that stays where it was, are none.
fn reason(found: &PackageChange) -> Option<Reason> {
    let direction = match found.change.kind {
        ChangeKind::InlineCost { .. } | ChangeKind::StillEscapes => return None,
        ChangeKind::NowEscapes => Direction::NowEscapes,
        ChangeKind::NoLongerEscapes => Direction::NoLongerEscapes,
        _ => Direction::Other,
    };
    let place = found.location.as_ref().map(|place| {
        let name = place.path.file_name().unwrap_or_default();
        (name.to_string_lossy().into_owned(), place.line)
    });
    let at = (place.as_ref()).map_or_else(String::new, |(file, line)| format!(" at {file}:{line}"));
    Some(Reason {
        package: found.package.clone(),
        function: found.change.function.clone(),
        direction,
        place,
        text: format!("{}{at}", found.words.effect),
    })
}
