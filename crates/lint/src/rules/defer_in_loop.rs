//! GP605: a `defer` in a loop.

use diag::Severity;
use go_syntax::StmtKind;

use crate::allocs::Alloc;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule, SiteRule};
use crate::source::Source;

pub const RULE: Rule = Rule {
    id: "GP605",
    name: "defer-in-loop",
    summary: "a defer that each turn of a loop adds to",
    since: None,
    until: None,
    doc: include_str!("defer_in_loop.md"),
    look: Look::SitesOfPattern(
        &SiteRule {
            matches: |site| site.alloc == Alloc::Defer,
            reduction: 0.9,
            message: |_, site| message(&site.text),
            label: |_| LABEL,
            help: |_, _| HELP.to_owned(),
        },
        &PatternRule {
            look: PatternLook::File(check),
            severity: Severity::Hint,
            reduction: 0.9,
            covers: &[],
            spent_in: &["runtime.deferproc"],
        },
    ),
};

const LABEL: &str = "one more deferred call each turn";
const HELP: &str =
    "move the body of the loop into a function, or make the call at the end of the turn";

fn message(text: &str) -> String {
    format!("`{text}` in a loop is kept until the function returns")
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if let StmtKind::Defer(call) = source.stmt(stmt)
            && source.runs_again(stmt)
        {
            let text: String = source
                .text(call)
                .chars()
                .take_while(|c| *c != '\n')
                .collect();
            found.push(
                Found::new(source, stmt, &message(&format!("defer {text}")))
                    .label(LABEL)
                    .help(HELP),
            );
        }
    }
}
