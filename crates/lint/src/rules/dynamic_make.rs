//! GP607: a `make` that does not escape and is allocated all the same.

use crate::allocs::{Alloc, BlockSize};
use crate::causes::SiteCause;
use crate::context::is_in_loop;
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::{Site, Verdict};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP607",
    name: "dynamic-make",
    summary: "a make of variable size that allocates though it does not escape",
    since: None,
    until: None,
    doc: include_str!("dynamic_make.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Make && site.verdict == Verdict::OnStack,
        reduction: 0.9,
        message: |_, site| format!("`{}` is allocated though it does not escape", site.text),
        label: |_| "too large for the stack, or of unknown size",
        help,
    }),
};

fn help(view: &View, cause: &SiteCause) -> String {
    if let Some(line) = array_line(view, cause.main()) {
        return format!(
            "only what exceeds the array of line {line} comes here: enlarge that if such sizes are usual"
        );
    }
    let text = if is_in_loop(view, cause.main()) {
        "make it once before the loop and reslice it, or take it from the caller"
    } else {
        "slice an array of the usual size (`var a [N]T; s := a[:n]`) and make only what exceeds it, or take it from \
         the caller"
    };
    text.to_owned()
}

/// The line that gives the same variable memory of a constant size.
fn array_line(view: &View, site: &Site) -> Option<u32> {
    let holder = site.target.as_ref()?;
    (view.allocs(site.file).iter())
        .find(|other| {
            other.target.as_ref() == Some(holder)
                && other.alloc == Alloc::Make
                && matches!(other.size, BlockSize::Exactly(_))
        })
        .map(|other| other.at.line)
}
