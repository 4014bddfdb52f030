//! GP611: a variable moved to the heap.

use crate::allocs::Alloc;
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
        help: |_, _| {
            "take the address of a copy on the path that needs it, or pass the value".to_owned()
        },
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
