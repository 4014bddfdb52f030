//! GP221: a conversion between string and slice that copies.

use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::rule::{Look, Rule, SiteRule};
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP221",
    name: "hot-conversion",
    summary: "a conversion between string and slice that copies",
    since: None,
    until: None,
    doc: include_str!("hot_conversion.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Conversion,
        reduction: 0.9,
        message: |_, site| format!("`{}` copies", site.text),
        label: |_| "copied to the heap",
        help,
    }),
};

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    let text = if view.is_returned(site) {
        "the copy is the result: append to a buffer that the caller passes, or keep one of each (`unique.Make`, a map) \
         where few texts repeat"
    } else if site.text.starts_with("[]byte") {
        "where it is only read or written out, the string itself will do: `strings` mirrors `bytes`, writers have \
         `WriteString`, `append(b, s...)` takes a string"
    } else if site.text.starts_with("[]rune") {
        "range over the string itself, or step with `utf8.DecodeRuneInString`"
    } else if site.text.starts_with("string(") {
        "where the text is only compared, looked up or written, the bytes will do: `m[string(b)]` and comparisons \
         do not copy, `bytes` mirrors `strings`"
    } else {
        "stay with one type: `bytes` and `strings` mirror each other"
    };
    text.to_owned()
}
