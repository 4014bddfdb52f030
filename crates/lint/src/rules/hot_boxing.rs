//! GP601: a value that is allocated to be put into an interface.

use go_syntax::{ExprId, ExprKind};

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

fn help(view: &View, cause: &SiteCause) -> String {
    let site = cause.main();
    let callee = site.call.and_then(|call| instead(view, site, call));
    if view.is_of_package_values(site) {
        return "it is made of nothing but package-level values: make it once, in a package variable of the interface \
                type"
            .to_owned();
    }
    if view.package_variable(site).is_some() {
        return format!(
            "declare `{}` with the interface as its type: then it is put into one once, at the start",
            site.text
        );
    }
    let own = site.call.and_then(|call| view.own_callee(site.file, call));
    match (site.alloc, site.call.is_some()) {
        (Alloc::InterfaceTable, _) => "assert to the concrete type, or keep the interface that is asserted to".to_owned(),
        (_, true) if callee.is_some() => callee.unwrap_or_default(),
        (_, true) if is_variadic(view, site) => {
            let callee = own.map_or_else(|| "the callee".to_owned(), |name| format!("`{name}`"));
            format!(
                "{callee} takes them as interfaces: call it only where it does something with them, or give it a variant \
                 for typed values"
            )
        }
        (_, true) if let Some(name) = own => format!(
            "`{name}` takes an interface: let it take the concrete type or a type parameter, or pass a pointer that \
             exists anyway"
        ),
        (_, true) => {
            "let the callee take the concrete type or a type parameter, or pass a pointer that exists anyway".to_owned()
        }
        (_, false) => "keep the concrete type, or store a pointer that exists anyway".to_owned(),
    }
}

/// What to call instead of a function of the standard library that takes interfaces.
fn instead(view: &View, site: &Site, call: ExprId) -> Option<String> {
    let syntax = view.syntax(site.file)?;
    let ExprKind::Call { fun, .. } = syntax.ast.expr(call).kind else {
        return None;
    };
    let text = match syntax.expr_text(fun) {
        "append" => "keep the concrete type in the slice, or append a pointer that exists anyway",
        "fmt.Fprint" | "fmt.Fprintf" | "fmt.Fprintln" => {
            "`io.WriteString` for a text that is there already"
        }
        "sort.Sort" | "sort.Stable" => "`slices.SortFunc`: no interface is needed",
        "errors.As" => "`errors.AsType` (Go 1.26)",
        "panic" => "only the path that panics pays",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Whether the value is one of a call's variadic arguments.
fn is_variadic(view: &View, site: &Site) -> bool {
    let flow = site
        .decision
        .and_then(|decision| view.flows().flow(decision));
    flow.is_some_and(|flow| {
        (flow.steps.iter()).any(|step| step.verb == gc::Verb::PackedIntoVariadicArguments)
    })
}
