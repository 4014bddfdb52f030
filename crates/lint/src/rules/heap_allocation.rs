//! GP610: a literal, `new` or `make` on the heap.

use crate::advice::{becomes_interface, kept_objects};
use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::{Kept, kept, loop_around};
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::{Site, Verdict};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP610",
    name: "heap-allocation",
    summary: "a literal, new or make that escapes",
    since: None,
    until: None,
    doc: include_str!("heap_allocation.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| match site.alloc {
            Alloc::Make | Alloc::MakeMap => site.verdict != Verdict::OnStack,
            Alloc::MakeChan | Alloc::Literal | Alloc::New | Alloc::Variadic => true,
            _ => false,
        },
        reduction: 0.8,
        message,
        label: |site| match (site.alloc, site.verdict) {
            (Alloc::MakeChan, _) => "channels are always on the heap",
            (_, Verdict::Escapes) => "escapes",
            _ => "allocated",
        },
        help,
    }),
};

fn message(_: &View, site: &Site) -> String {
    match site.alloc {
        Alloc::Variadic => format!(
            "the variadic arguments of `{}` are allocated as a slice",
            site.text
        ),
        _ => format!("`{}` is allocated on the heap", site.text),
    }
}

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    if cause.sites().all(|site| view.values_type(site).is_some()) {
        return "its elements are always the same: make it once, in a package variable, where nobody changes it".to_owned();
    }
    if let Some(text) = kept_objects(view, cause) {
        return text;
    }
    let text = match site.alloc {
        Alloc::Variadic => {
            "call a variant without variadic arguments on the hot path, or pass a slice that is kept (`f(s...)`)"
        }
        Alloc::MakeChan if !site.text.contains(',') => {
            "for a single result a variable and a `sync.WaitGroup` do without a channel; or keep one"
        }
        Alloc::MakeChan => {
            "a smaller buffer takes less; for a single result a variable and a `sync.WaitGroup` do without a channel"
        }
        Alloc::Make | Alloc::MakeMap => match kept(view, site) {
            Kept::Field { text } => {
                return format!(
                    "it is kept in `{text}`, so the cost is one for each new value: reuse the value (a `Reset` that \
                     reslices by `[:0]` or clears), or make `{text}` only when it is needed"
                );
            }
            _ if view.is_returned(site) => {
                "let the caller pass the memory to fill, or keep the result where callers need it only for a while"
            }
            _ => "reuse the memory: take it from the caller, keep it in the receiver, or pool it",
        },
        Alloc::Literal | Alloc::New if loop_around(view, site).is_some() => {
            "make all of them in one slice before the loop and take `&s[i]`, or keep values instead of pointers"
        }
        Alloc::Literal | Alloc::New if becomes_interface(view, site) => {
            "what becomes an interface has to be an object: let the caller keep one, or return the concrete type"
        }
        Alloc::Literal | Alloc::New if site.text.starts_with('&') || site.alloc == Alloc::New => {
            "store or return the value itself, keep objects that are no longer used for the next ones (a free list, a \
             `sync.Pool`), or make many in one slice"
        }
        _ => "fill memory that is kept, or use an array where the number of elements is fixed",
    };
    text.to_owned()
}
