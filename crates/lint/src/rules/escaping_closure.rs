//! GP612: a closure on the heap.

use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::is_in_loop;
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::Site;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP612",
    name: "escaping-closure",
    summary: "a closure that escapes",
    since: None,
    until: None,
    doc: include_str!("escaping_closure.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| matches!(site.alloc, Alloc::Closure | Alloc::MethodValue | Alloc::Go),
        reduction: 0.9,
        message,
        label: |site| match site.alloc {
            Alloc::Go => "starts a goroutine",
            Alloc::MethodValue => "a closure over its receiver",
            _ => "escapes",
        },
        help,
    }),
};

fn message(_: &View, site: &Site) -> String {
    match site.alloc {
        Alloc::MethodValue => format!("method value `{}` is a closure on the heap", site.text),
        Alloc::Go => format!("`{}` allocates what the goroutine takes along", site.text),
        _ => "closure is allocated on the heap".to_owned(),
    }
}

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    let text = match site.alloc {
        Alloc::MethodValue => {
            "keep the method value in a variable or field that is set once, or take an interface and pass the receiver"
        }
        Alloc::Go => "hand the work to goroutines that are kept, through a channel",
        _ if is_in_loop(view, site) => {
            "make the closure once outside the loop, or pass what it captures as arguments"
        }
        _ => "pass what it captures as arguments, or make it once and keep it",
    };
    text.to_owned()
}
