//! `goperf explain`: a rule's page, or everything known about a place.

use anyhow::bail;

use super::Context;
use crate::args::ExplainArgs;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &ExplainArgs,
    _context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let Some(what) = &args.what else {
        for rule in lint::rules::RULES {
            writeln!(
                output.out,
                "{}  {:20}  {}",
                rule.id, rule.name, rule.summary
            )?;
        }
        return Ok(ExitStatus::Success);
    };
    let Some(rule) = lint::rules::find(what) else {
        bail!("no rule `{what}`; `goperf explain` lists them");
    };
    write!(output.out, "{}", rule.doc)?;
    Ok(ExitStatus::Success)
}
