//! GP702: something that is made from constants in every turn of a loop.

use diag::Severity;
use go_syntax::ExprId;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::Source;

pub(super) const RULE: Rule = Rule {
    id: "GP702",
    name: "invariant-construct",
    summary: "a value that each turn of a loop makes anew from constants",
    since: None,
    until: None,
    doc: include_str!("invariant_construct.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.95,
        covers: &[&super::allocating_call::RULE],
        spent_in: &[
            "strings.NewReplacer",
            "time.LoadLocation",
            "net/netip.MustParse",
            "net.ParseCIDR",
            "net/url.Parse",
        ],
    }),
};

/// Functions whose result depends on their arguments alone, and is not changed by its use.
const MAKERS: &[(&str, &str)] = &[
    ("net/netip", "MustParseAddr"),
    ("net/netip", "MustParsePrefix"),
    ("strings", "NewReplacer"),
    ("time", "LoadLocation"),
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let name = source.called_name(call);
        let Some((path, _)) = MAKERS.iter().find(|(_, maker)| *maker == name) else {
            continue;
        };
        if let Some((args, false)) = source.args_of(call, path, name)
            && args.iter().all(|arg| source.is_const(*arg))
            && !source.loops_around(call).is_empty()
            && source.runs_again(call)
        {
            found.push(finding(source, call));
        }
    }
}

fn finding(source: &Source<'_>, call: ExprId) -> Found {
    let message = format!("`{}` makes the same value each turn", source.text(call));
    let mut found = Found::new(source, call, &message)
        .label("made anew each turn")
        .help("make it once: before the loop, or as a package variable");
    found.confidence = 1.0;
    found
}
