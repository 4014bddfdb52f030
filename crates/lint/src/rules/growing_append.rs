//! GP120: an `append` that had to grow its slice.

use go_syntax::{ExprKind, File, Node};

use crate::advice::is_emptied;
use crate::allocs::Alloc;
use crate::causes::SiteCause;
use crate::context::{Kept, filling, kept};
use crate::rule::{Look, Rule, SiteRule};
use crate::sites::Site;
use crate::view::View;

pub const RULE: Rule = Rule {
    id: "GP120",
    name: "growing-append",
    summary: "an append that grew its slice",
    since: None,
    until: None,
    doc: include_str!("growing_append.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Append,
        reduction: 0.6,
        message,
        label: |_| "grows",
        help,
    }),
};

fn message(view: &View, site: &Site) -> String {
    match (is_copy(view, site), kept(view, site)) {
        (false, _) if let Some(target) = through_pointer(view, site) => {
            format!("`append` grows `{target}`")
        }
        (true, _) => format!("`{}` makes a copy", site.text),
        (_, Kept::Local { name, .. } | Kept::Param { name } | Kept::Package { name }) => {
            format!("`append` grows `{name}`")
        }
        (_, Kept::Field { text }) => format!("`append` grows field `{text}`"),
        (_, Kept::Unknown) => "`append` grows its slice".to_owned(),
    }
}

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    if is_copy(view, site) {
        return "drop the copy where nothing changes the original, or copy into memory that is kept".to_owned();
    }
    if site.text.contains("[:0]") {
        return "its memory is reused already: it grows where more is appended than ever before, so start it with the \
                capacity that it reaches"
            .to_owned();
    }
    match kept(view, site) {
        Kept::Local { name, line } => help_local(view, site, &name, line),
        Kept::Param { name } => {
            format!(
                "let callers pass `{name}` with the capacity it needs: its memory is theirs to reuse"
            )
        }
        Kept::Field { text } if is_emptied(view, site) => format!(
            "`{text}` is emptied by `[:0]` already, so it grows in values that are new: reuse those, or start them with \
             the capacity that they reach"
        ),
        Kept::Field { text } => format!(
            "size `{text}` where its value is made, or empty it by `[:0]` instead of making a new one"
        ),
        Kept::Package { name } => {
            format!("size `{name}` where it is declared, or reuse it by `[:0]`")
        }
        Kept::Unknown => "give the slice its capacity before it is filled, or reuse one".to_owned(),
    }
}

fn help_local(view: &View, site: &Site, name: &str, declared: u32) -> String {
    match filling(view, site) {
        Some(loop_) if loop_.is_conditional => format!(
            "only some turns of the loop at line {} append: count them first if that is cheap, or reuse the slice; \
             room for all pays if most are kept",
            loop_.line
        ),
        Some(loop_) => match loop_.count {
            Some(count) => format!(
                "make `{name}` (line {declared}) with its final capacity: `make(…, 0, {count})`, or \
                 `{name} = slices.Grow({name}, {count})` before the loop at line {}",
                loop_.line
            ),
            None => format!(
                "give `{name}` (line {declared}) the capacity that the loop at line {} usually fills",
                loop_.line
            ),
        },
        None => format!(
            "give `{name}` (line {declared}) its capacity before it is filled, or reuse its memory"
        ),
    }
}

/// `append([]T(nil), x...)`, `append([]T{}, x...)`: a copy is what is wanted.
fn is_copy(view: &View, site: &Site) -> bool {
    let (Some(syntax), Some(Node::Expr(expr))) = (view.syntax(site.file), site.node) else {
        return false;
    };
    let ExprKind::Call {
        args, spread: true, ..
    } = syntax.ast.expr(expr).kind
    else {
        return false;
    };
    (syntax.ast.list(args).first()).is_some_and(|first| is_fresh(syntax, *first))
}

fn is_fresh(syntax: &File, expr: go_syntax::ExprId) -> bool {
    match syntax.ast.expr(syntax.ast.unparen(expr)).kind {
        ExprKind::CompositeLit { elems, .. } => syntax.ast.list(elems).is_empty(),
        ExprKind::Call { args, .. } => {
            let args = syntax.ast.list(args);
            args.len() == 1 && syntax.ast.name(args[0]).as_str() == "nil"
        }
        _ => false,
    }
}

/// `*p` of `append(*p, …)`: the slice is another's.
fn through_pointer(view: &View, site: &Site) -> Option<String> {
    let syntax = view.syntax(site.file)?;
    let Node::Expr(expr) = site.node? else {
        return None;
    };
    let ExprKind::Call { args, .. } = syntax.ast.expr(expr).kind else {
        return None;
    };
    let first = syntax.ast.unparen(*syntax.ast.list(args).first()?);
    matches!(syntax.ast.expr(first).kind, ExprKind::Star(_))
        .then(|| syntax.expr_text(first).to_owned())
}
