//! `goperf lsp`: the editor server.

use lsp::{Ended, Options};

use super::Context;
use crate::args::lsp::LspArgs;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &LspArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.settings_schema {
        write!(output.out, "{}", lsp::settings_schema())?;
        return Ok(ExitStatus::Success);
    }
    let options = Options {
        go: context.global.go.clone(),
        use_cache: !args.no_cache,
    };
    let input = context.system.stdin();
    let ended = lsp::run(context.system, context.cancel, &options, input, output.out);
    Ok(match ended {
        Ended::Orderly => ExitStatus::Success,
        Ended::Abruptly => ExitStatus::Findings,
    })
}
