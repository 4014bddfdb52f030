//! A format of strings and plain values, put together without `fmt`.

use diag::Safety;
use go_syntax::ExprId;

use super::Rewrite;
use crate::rules::format_verbs::{Piece, formatted, is_used, literals, pieces, sprintf};
use crate::source::{Draft, Source};

/// More arguments read better as a format.
const MOST: usize = 5;

pub(super) fn find(source: &Source<'_>, all: &mut Vec<Rewrite>) {
    for call in source.calls() {
        if source.called_name(call) == "Sprintf" {
            all.extend(rewrite(source, call));
        }
    }
}

fn rewrite(source: &Source<'_>, call: ExprId) -> Option<Rewrite> {
    let (format, literal, args) = sprintf(source, call)?;
    let pieces = pieces(&format)?;
    let verbs: Vec<char> = (pieces.iter())
        .filter_map(|piece| match piece {
            Piece::Verb(verb) => Some(*verb),
            Piece::Text(_) => None,
        })
        .collect();
    // Rules know the simplest of them.
    let is_simple = verbs.iter().all(|verb| matches!(verb, 's' | 'd'));
    let fits = (1..=MOST).contains(&args.len()) && verbs.len() == args.len() && pieces.len() > 1;
    if !fits || is_simple || !is_used(source, call) {
        return None;
    }
    let mut draft = Draft::new("put the text together without a format", Safety::Safe);
    let mut literals = literals(source, literal, &pieces).into_iter();
    let mut args = args.iter();
    let mut parts = Vec::new();
    for piece in &pieces {
        parts.push(match piece {
            Piece::Text(_) => literals.next()?,
            Piece::Verb(verb) => {
                let (text, precedence) = formatted(source, *args.next()?, *verb, &mut draft)?;
                if precedence < 4 {
                    format!("({text})")
                } else {
                    text
                }
            }
        });
    }
    let text = source.in_place(call, parts.join(" + "), 4);
    draft.replace(source.range(call), text);
    Rewrite::new("without-format", source, call, draft)
}
