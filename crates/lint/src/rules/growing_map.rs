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
            Alloc::MapStore => "entries are added here",
            _ => "made here",
        },
        help,
    }),
};

fn message(view: &View, site: &Site) -> String {
    let map = match kept(view, site) {
        Kept::Local { name, .. } | Kept::Param { name } | Kept::Package { name } => {
            format!("map `{name}`")
        }
        Kept::Field { text } => format!("map in field `{text}`"),
        Kept::Unknown => "map".to_owned(),
    };
    if site.alloc == Alloc::MakeMap {
        format!(
            "`{}` allocates its entries though it does not escape",
            site.text
        )
    } else if view.is_first_group(site) {
        format!("{map} allocates room for its first eight entries")
    } else {
        format!("{map} grows")
    }
}

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    let sites = || cause.parts.iter().flat_map(|part| &part.sites);
    let store = sites()
        .find(|site| site.alloc == Alloc::MapStore)
        .unwrap_or(&site);
    if site.alloc == Alloc::MapStore && view.is_first_group(site) {
        return "a size hint gains nothing up to eight entries: do not make the map where it stays empty, or keep one \
                and `clear` it"
            .to_owned();
    }
    let made = view.size_hint(store);
    if site.alloc == Alloc::MakeMap && sites().all(|site| site.alloc == Alloc::MakeMap) {
        return "it is made anew each time: keep one and `clear` it".to_owned();
    }
    if let Some((Some(hint), line)) = &made {
        return format!(
            "the size hint `{hint}` (line {line}) is smaller than what the map comes to, or the map itself is what \
             costs: keep one and `clear` it"
        );
    }
    let loop_ = filling(view, store).filter(|loop_| !loop_.is_conditional);
    match (kept(view, store), loop_.and_then(|loop_| loop_.count), made) {
        (Kept::Local { name, .. }, Some(count), Some((None, line))) => {
            format!("make `{name}` (line {line}) with a size hint: `make(…, {count})`")
        }
        (Kept::Local { name, .. }, None, Some((None, line))) => {
            format!("make `{name}` (line {line}) with the size it usually reaches, or keep one and `clear` it")
        }
        (Kept::Field { text }, _, Some((None, line))) => {
            format!("make the map of `{text}` (line {line}) with the size it usually reaches; `clear` keeps its memory")
        }
        _ => "make the map with the size it usually reaches where it is made, or keep it and `clear` it".to_owned(),
    }
}
