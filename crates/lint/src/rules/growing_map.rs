//! GP121: a map that grows while it is filled.

use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::{Kept, filling, kept};
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::{Site, Verdict};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP121",
    name: "growing-map",
    summary: "a map that grew while it was filled",
    since: None,
    until: None,
    doc: include_str!("growing_map.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| match site.alloc {
            Alloc::MapStore => true,
            Alloc::MakeMap => site.verdict == Verdict::OnStack,
            _ => false,
        },
        reduction: 0.5,
        message,
        label: |site| match site.alloc {
            Alloc::MapStore => "grows here",
            _ => "made here",
        },
        help,
    }),
};

fn message(view: &View, site: &Site) -> String {
    match kept(view, site) {
        Kept::Local { name, .. } | Kept::Param { name } | Kept::Package { name } => {
            format!("map `{name}` grows")
        }
        Kept::Field { text } => format!("map in field `{text}` grows"),
        Kept::Unknown => match site.alloc {
            Alloc::MakeMap => format!("`{}` grows", site.text),
            _ => "map grows".to_owned(),
        },
    }
}

fn help(view: &View, cause: &SiteCause) -> String {
    let store = (cause.parts.iter().flat_map(|part| &part.sites))
        .find(|site| site.alloc == Alloc::MapStore)
        .unwrap_or(&cause.parts[0].sites[0]);
    let loop_ = filling(view, store).filter(|loop_| !loop_.is_conditional);
    match (kept(view, store), loop_.and_then(|loop_| loop_.count)) {
        (Kept::Local { name, line }, Some(count)) => {
            format!("make `{name}` (line {line}) with a size hint: `make(…, {count})`")
        }
        (Kept::Local { name, line }, None) => {
            format!(
                "make `{name}` (line {line}) with the size it usually reaches, or keep one and `clear` it"
            )
        }
        (Kept::Field { text }, _) => {
            format!(
                "make the map of `{text}` with the size it usually reaches; `clear` keeps its memory"
            )
        }
        _ => "make the map with a size hint, or keep it and `clear` it".to_owned(),
    }
}
