//! GP407: a pool that ends with the call that made it.

use diag::Severity;
use go_types::{TypeKind, VarKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP407",
    name: "local-pool",
    summary: "a sync.Pool that ends with the call that made it",
    since: None,
    until: None,
    doc: include_str!("local_pool.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[],
        spent_in: &["sync.(*Pool)"],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            let Some(obj) = source.variable(declared.name) else {
                continue;
            };
            let typ = source.type_of_object(obj);
            let is_pool = source.is_named(typ, "sync", "Pool")
                && !matches!(source.under(typ), TypeKind::Pointer(_));
            let runs_once = match source.function_of(declared.name) {
                Some(it @ Function::Declared(_)) => {
                    matches!(source.function_name(it), "init" | "main" | "TestMain")
                }
                _ => false,
            };
            // One that goroutines or closures of the call share may serve many turns.
            let is_own = source.var_kind(obj) == Some(VarKind::Local)
                && source.is_local(obj)
                && !source.is_addressed(obj);
            let is_looped = (source.mentions(obj).iter().skip(1))
                .any(|it| !source.loops_around(*it).is_empty());
            if is_pool && is_own && !runs_once && !is_looped {
                let name = source.text(declared.name);
                let message = format!("`{name}` is empty again in every call");
                found.push(
                    Found::new(source, declared.name, &message)
                        .label("ends with the call")
                        .help("declare it as a package variable, or use the object without a pool"),
                );
            }
        }
    }
}
