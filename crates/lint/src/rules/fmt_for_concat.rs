//! GP302: a format of strings and integers alone.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node};
use go_types::Basic;

use super::format_verbs::{Piece, formatted, is_used, literals, pieces, sprintf};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source, operand_text};

pub(super) const RULE: Rule = Rule {
    id: "GP302",
    name: "fmt-for-concat",
    summary: "a format of strings and integers alone",
    since: None,
    until: None,
    doc: include_str!("fmt_for_concat.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.6,
        covers: &[&super::hot_fmt::RULE],
        spent_in: &["fmt.Sprintf"],
    }),
};

/// More arguments read better as a format.
const MOST: usize = 4;

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if source.called_name(call) == "Sprintf" {
            found.extend(finding(source, call));
        }
    }
}

fn finding(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (format, literal, args) = sprintf(source, call)?;
    let pieces = pieces(&format)?;
    let verbs = pieces
        .iter()
        .filter(|it| matches!(it, Piece::Verb(_)))
        .count();
    let is_asked = (1..=MOST).contains(&args.len()) && verbs == args.len() && pieces.len() > 1;
    if !is_asked || !is_used(source, call) {
        return None;
    }
    let mut draft = Draft::new("concatenate the parts", Safety::Safe);
    let mut parts = Vec::new();
    let mut literals = literals(source, literal, &pieces).into_iter();
    let mut args = args.iter();
    for piece in &pieces {
        parts.push(match piece {
            Piece::Text(_) => literals.next()?,
            Piece::Verb(verb) => part(source, *args.next()?, *verb, &mut draft)?,
        });
    }
    let better = parts.join(" + ");
    let help = format!("concatenate: `{better}`");
    draft.replace(source.range(call), in_sum(source, call, better));
    let message = format!("`{}` formats strings and integers alone", source.text(call));
    Some(
        Found::new(source, call, &message)
            .label("through interfaces and a format")
            .help(help)
            .fix(draft.finish(source)),
    )
}

fn part(source: &Source<'_>, arg: ExprId, verb: char, draft: &mut Draft) -> Option<String> {
    let is_plain = matches!(
        (source.basic(arg)?, verb),
        (Basic::String, 's') | (Basic::Int | Basic::Int64 | Basic::Uint64, 'd')
    );
    if !is_plain {
        return None;
    }
    if verb == 's' {
        return Some(operand_text(source, arg));
    }
    formatted(source, arg, verb, draft).map(|(text, _)| text)
}

/// A sum in the place of a call; parentheses where it is an operand of what binds closer, and in comparisons none.
fn in_sum(source: &Source<'_>, call: ExprId, text: String) -> String {
    let is_spread_out = matches!(source.parent(call), Some(Node::Expr(outer))
        if matches!(source.expr(outer), ExprKind::Binary { op: go_syntax::BinaryOp::Add, .. }));
    if is_spread_out {
        text
    } else {
        source.in_place(call, text, 4)
    }
}
