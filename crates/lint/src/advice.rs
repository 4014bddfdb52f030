//! Advice that follows from how objects are made and kept, whatever kind they are of.

use crate::allocs::{Alloc, BlockSize};
use crate::causes::SiteCause;
use crate::context::{Guard, Kept, guard, kept};
use crate::evidence::{bytes, count};
use crate::sites::Site;
use crate::view::View;
use crate::weights::{Resource, Weights};

/// From this size on an object is worth keeping: the allocator spends more on clearing it than on finding room.
const LARGE: i64 = 4 << 10;

/// Fewer objects in a whole run may be of a set-up.
const OFTEN: i64 = 50;

/// What to do about objects that are made together, seldom, or for a pool; `None` if it depends on their kind.
pub(crate) fn kept_objects(view: &View, cause: &SiteCause) -> Option<String> {
    let site = cause.main();
    if view.heat_of(site).is_some_and(crate::HotLine::is_for_pool) {
        return Some(
            "the pool was empty: the code that takes from it should `Put` back on every path; after a collection it \
             starts empty, which short benchmarks show more"
                .to_owned(),
        );
    }
    if cause.sites().any(|site| site.alloc == Alloc::Go) && cause.parts.len() > 1 {
        return Some(
            "the function starts its goroutines for each use, with what they share: keep them running from use to use and \
             give them work over a channel, or start fewer"
                .to_owned(),
        );
    }
    match guard(view, site) {
        Some(Guard::TooSmall) => {
            return Some(format!(
                "it is kept and made anew only where it is too small, {}: what holds it is new then, or smaller than \
                 before; reuse that, or start with the size that it reaches",
                times(cause)
            ));
        }
        Some(Guard::Absent) => {
            return Some(format!(
                "it is made when it is first needed, {}: keep what holds it for longer",
                times(cause)
            ));
        }
        None => {}
    }
    let each = cause.bytes_each();
    let is_large = each.is_some_and(|each| each >= LARGE);
    let n_parts = cause.parts.len();
    match (cause.maker, each) {
        (_, Some(each)) if is_large && is_seldom(&cause.parts[0].weights) => Some(format!(
            "it takes {} each time, {}: if no more are in use at once, they are kept already, and only smaller ones take \
             less; else keep one and reset it for the next use, or pool it",
            bytes(each),
            times(cause)
        )),
        (Some(maker), Some(each)) if is_large && n_parts > 1 => {
            let maker = &view.package.functions.get(maker).name;
            let reset = if view.has_text(") Reset(") {
                "`Reset` it for the next use"
            } else {
                "reset it for the next use"
            };
            Some(format!(
                "`{maker}` makes all of it, {} each time: keep one and {reset}, or pool it",
                bytes(each)
            ))
        }
        (_, Some(each)) if is_large && site.alloc != Alloc::MakeChan => Some(format!(
            "it takes {} each time: keep one and reset it for the next use, or pool it",
            bytes(each)
        )),
        (Some(_), _) if n_parts > 1 && site.alloc != Alloc::MakeChan => {
            Some(parts(view, cause).to_owned())
        }
        _ => None,
    }
}

/// `64 times in this run`
fn times(cause: &SiteCause) -> String {
    match n_objects(&cause.parts[0].weights) {
        1 => "once in this run".to_owned(),
        n => format!("{} times in this run", count(n)),
    }
}

/// What to do about the small parts of something.
fn parts(view: &View, cause: &SiteCause) -> &'static str {
    let of_fixed_size = cause
        .sites()
        .filter(|site| matches!(site.size, BlockSize::Exactly(_)))
        .count();
    let slices = cause
        .sites()
        .filter(|site| site.alloc == Alloc::Make)
        .count();
    if of_fixed_size > 1 {
        "make the parts in one piece: a struct that has them as fields or arrays, with pointers to those; then it is one \
         allocation instead of several"
    } else if slices > 1 {
        "cut the slices from a single `make`, or reuse the whole for the next use"
    } else if cause.sites().any(|site| view.is_returned(site)) {
        "let callers pass one to fill: its parts keep their memory from use to use"
    } else {
        "reuse the whole for the next use, with the memory of its parts"
    }
}

/// How much a cost counts that was spent only a few times in a whole run: it is of a set-up or is kept, 0 to 1.
pub(crate) fn frequency(weights: &Weights) -> f64 {
    const LEAST: f64 = 0.1;
    match n_objects(weights) {
        0 => 1.0,
        objects => (objects as f64 / OFTEN as f64).clamp(LEAST, 1.0),
    }
}

fn n_objects(weights: &Weights) -> i64 {
    weights[Resource::AllocObjects].max(weights[Resource::InuseObjects])
}

/// Whether objects were made so few times that a set-up, or a pool that was empty, explains them.
fn is_seldom(weights: &Weights) -> bool {
    (1..OFTEN).contains(&n_objects(weights))
}

/// The part of a remedy's gain that remains where the code keeps what it makes already, 0 to 1.
pub(crate) fn novelty(view: &View, cause: &SiteCause) -> f64 {
    const POOLED: f64 = 0.12;
    const GUARDED: f64 = 0.5;
    const EMPTIED: f64 = 0.5;
    const OF_TESTS: f64 = 0.005;
    let site = cause.main();
    let mut part = 1.0;
    if view.heat_of(site).is_some_and(crate::HotLine::is_for_pool) {
        part *= POOLED;
    }
    if guard(view, site).is_some() {
        part *= GUARDED;
    }
    if site.alloc == Alloc::Append && is_emptied(view, site) {
        part *= EMPTIED;
    }
    if is_for_tests(&view.package.import_path) {
        part *= OF_TESTS;
    }
    part
}

/// Whether the compiler says that the value is converted to an interface on its way.
pub(crate) fn becomes_interface(view: &View, site: &Site) -> bool {
    let flow = site
        .decision
        .and_then(|decision| view.flows().flow(decision));
    flow.is_some_and(|flow| {
        (flow.steps.iter()).any(|step| step.verb == gc::Verb::ConvertedToInterface)
    })
}

/// Whether the slice that a site appends to is emptied for reuse already.
pub(crate) fn is_emptied(view: &View, site: &Site) -> bool {
    site.text.contains("[:0]")
        || matches!(kept(view, site), Kept::Field { text } if view.has_text(&format!(".{text}[:0]")))
}

/// Whether a package helps tests, by its name: `net/http/httptest`, `zaptest/observer`.
fn is_for_tests(import_path: &str) -> bool {
    (import_path.split('/')).any(|part| part.ends_with("test") || part.starts_with("testutil"))
}
