//! GP220: a string concatenation that allocates.

use go_syntax::Node;

use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::{Kept, is_in_loop, kept};
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::Site;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP220",
    name: "hot-concat",
    summary: "a string concatenation that allocates",
    since: None,
    until: None,
    doc: include_str!("hot_concat.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Concat,
        reduction: 0.7,
        message: |_, site| format!("`{}` builds a new string", site.text),
        label: |_| "allocated anew each time",
        help,
    }),
};

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    let accumulates = matches!(site.node, Some(Node::Stmt(_)));
    match kept(view, site) {
        Kept::Local { name, .. } if accumulates && is_in_loop(view, site) => {
            format!("collect `{name}` in a `strings.Builder` that is grown once")
        }
        _ if accumulates || cause.parts.len() > 1 => {
            "write the pieces into one `strings.Builder` or `[]byte` that is grown once".to_owned()
        }
        _ => one_expression(site),
    }
}

/// One concatenation already allocates once: only another result helps.
fn one_expression(site: &Site) -> String {
    format!(
        "`{}` is one allocation already: append the pieces to a `[]byte` that is kept, or use a struct of them \
         where the text only serves as a key",
        site.text
    )
}
