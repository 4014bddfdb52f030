//! GP611: a variable moved to the heap.

use gc::{End, Verb};

use crate::advice::kept_objects;
use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::is_in_loop;
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::Site;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP611",
    name: "moved-to-heap",
    summary: "a variable moved to the heap",
    since: None,
    until: None,
    doc: include_str!("moved_to_heap.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Variable,
        reduction: 0.9,
        message,
        label: |_| "moved to the heap",
        help,
    }),
};

fn message(_: &View, site: &Site) -> String {
    if let Some(callee) = &site.inlined {
        let callee = crate::fold_name(callee);
        format!(
            "variable `{}` of the inlined `{callee}` lives on the heap",
            site.text
        )
    } else if site.text.starts_with("a temporary") {
        format!("{} lives on the heap", site.text)
    } else {
        format!("variable `{}` lives on the heap", site.text)
    }
}

/// By what becomes of the address.
fn help(view: &View, cause: &SiteCause) -> String {
    if let Some(text) = kept_objects(view, cause) {
        return text;
    }
    let site = cause.main();
    let flow = site
        .decision
        .and_then(|decision| view.flows().flow(decision));
    let does = |verbs: &[Verb]| {
        flow.as_ref()
            .is_some_and(|flow| flow.steps.iter().any(|step| verbs.contains(&step.verb)))
    };
    let is_result = flow
        .as_ref()
        .is_some_and(|flow| matches!(flow.end, End::Result(_)));
    let text = if cause.parts[0].sites.len() > 1 {
        "put the variables into one struct: one allocation instead of several"
    } else if does(&[Verb::CapturedByReference]) {
        "pass it to the function literal as an argument, or copy it to a variable that is not assigned again: only \
         what changes after the capture is shared on the heap"
    } else if view.is_param(site) {
        "take a pointer from the caller instead of a copy whose address is kept"
    } else if is_in_loop(view, site)
        && does(&[Verb::StoredInElement, Verb::Appended, Verb::StoredInField])
    {
        "make all in one slice before the loop and take `&s[i]`, or keep values instead of pointers"
    } else if is_result {
        "the result is the allocation: return the value, or let the caller pass one to fill"
    } else if does(&[Verb::PassedTo, Verb::PassedToInlined]) {
        "keep it in the receiver or a pool and reset it, or call a variant that takes the value"
    } else {
        "store the value itself instead of its address, or reuse one variable that is reset"
    };
    text.to_owned()
}
