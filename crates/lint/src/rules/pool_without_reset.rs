//! GP403: a pooled object that is written to without having been reset.

use std::collections::{BTreeMap, BTreeSet};

use diag::{Fix, Safety, Severity};
use go_syntax::ExprId;
use go_types::ObjId;

use super::pools::{Origin, Wrappers, follow, has_pools, origins};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP403",
    name: "pool-without-reset",
    summary: "a pooled object that still has what its last user wrote",
    since: None,
    until: None,
    doc: include_str!("pool_without_reset.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Warning,
        reduction: 0.0,
        covers: &[],
        spent_in: &[],
    }),
};

/// A `Get` whose object is written to as it comes.
struct Dirty {
    /// Position among the sources.
    source: usize,
    get: ExprId,
    write: base::TextRange,
}

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    let wrappers = Wrappers::of(sources);
    let mut dirty: BTreeMap<ObjId, Vec<Dirty>> = BTreeMap::new();
    // Pools of which every `Put` is known to come after a reset have none here.
    let mut unclean: BTreeSet<ObjId> = BTreeSet::new();
    for (index, source) in sources.iter().enumerate() {
        if !has_pools(source) && wrappers.is_empty() {
            continue;
        }
        for function in source.functions() {
            for origin in origins(source, function, &wrappers) {
                let story = follow(source, function, origin, &wrappers);
                let own = match origin {
                    Origin::Call(call) => wrappers.pool(source, call).0,
                    Origin::Param(_) => None,
                };
                for (pool, clean) in &story.puts {
                    if !clean {
                        unclean.extend(pool.or(own));
                    }
                }
                if let (Origin::Call(get), Some(pool), Some(write)) =
                    (origin, own, story.dirty_write)
                {
                    let source = index;
                    dirty
                        .entry(pool)
                        .or_default()
                        .push(Dirty { source, get, write });
                }
            }
        }
    }
    for (pool, gets) in dirty {
        if unclean.contains(&pool) {
            found.extend(gets.iter().map(|it| finding(&sources[it.source], it)));
        }
    }
}

fn finding(source: &Source<'_>, dirty: &Dirty) -> Found {
    let message = format!(
        "`{}` comes with what its last user wrote, and is written to without a reset",
        source.text(dirty.get)
    );
    Found::new(source, dirty.get, &message)
        .label("not reset")
        .help("reset it after `Get`, or before every `Put`")
        .also(dirty.write, "written to here")
        .fix(reset(source, dirty.get))
}

/// `x.Reset()` after the statement that gets the object, where it has such a method.
fn reset(source: &Source<'_>, get: ExprId) -> Option<Fix> {
    let stmt = source.stmt_around(get)?;
    let declared = source.declared(stmt);
    let [declared] = declared.as_slice() else {
        return None;
    };
    let obj = source.variable(declared.name)?;
    let typ = source.type_of_object(obj);
    if !source.has_method(typ, &["Reset"])
        || source.siblings(stmt).is_none()
        || !source.begins_line(stmt)
    {
        return None;
    }
    let (name, indent) = (source.text(declared.name), source.indent(stmt));
    let end = source.range(stmt).end;
    // Behind a comment of the statement.
    let line = source.file.lines.line_col(end).line;
    let at = source.file.lines.line_range(line)?.end;
    let mut draft = Draft::new("reset it", Safety::Unsafe);
    draft.insert(at, format!("\n{indent}{name}.Reset()"));
    draft.finish(source)
}
