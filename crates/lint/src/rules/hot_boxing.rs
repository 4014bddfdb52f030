//! GP601: a value that is allocated to be put into an interface.

use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::Site;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP601",
    name: "hot-boxing",
    summary: "a conversion to interface that allocates",
    since: None,
    until: None,
    doc: include_str!("hot_boxing.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| matches!(site.alloc, Alloc::Boxing | Alloc::InterfaceTable),
        reduction: 0.9,
        message,
        label: |site| match site.alloc {
            Alloc::InterfaceTable => "looks up a method table",
            _ => "converted to an interface",
        },
        help,
    }),
};

fn message(_: &View, site: &Site) -> String {
    match site.alloc {
        Alloc::InterfaceTable => format!("`{}` looks up the methods of the type", site.text),
        _ if site.text.starts_with("a temporary") => {
            format!("{} is put into an interface", site.text)
        }
        _ => format!(
            "`{}` is copied to the heap to be put into an interface",
            site.text
        ),
    }
}

fn help(_: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    match (site.alloc, site.call.is_some()) {
        (Alloc::InterfaceTable, _) => "assert to the concrete type, or keep the interface that is asserted to".to_owned(),
        (_, true) => {
            "let the callee take the concrete type or a type parameter, or pass a pointer that exists anyway".to_owned()
        }
        (_, false) => "keep the concrete type, or store a pointer that exists anyway".to_owned(),
    }
}
