//! `goperf bench ab`: two revisions, compared by interleaved runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bench::ab::{self, AbOptions};
use diag::PathNames;
use project::comparison::{
    Comparison, ComparisonError, ComparisonOutcome, ComparisonRequest, SideSpec, Sides, compare,
    overlay_flag,
};
use server::ui_pages::{Benchmarks, Work};

use crate::args::bench::{AbArgs, AbFormat, SideArgs};
use crate::commands::Context;
use crate::commands::ui::{self, Door};
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &AbArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let door = Door::of(&args.pages)?;
    let current = (context.system.current_dir()).context("failed to find the current folder")?;
    let request = ComparisonRequest {
        dir: (args.benchmarks.dir.as_ref()).map_or(current.clone(), |dir| current.join(dir)),
        go: context.global.go.clone(),
        sides: sides(args, &current),
        patterns: args.patterns.clone(),
        tags: args.benchmarks.tags.clone(),
        flags: args.benchmarks.build.flags(),
        options: options(args)?,
        layouts: args.randlayout,
        counts: args.counts,
        explain: !args.no_why,
        strict: args.strict,
    };
    let found = progress::with(output, |events| {
        compare(context.system, context.cancel, &request, events)
    });
    match found {
        Ok(found) => {
            let status = show(args, &found, &request.options, context, output)?;
            if args.pages.is_wanted() {
                let names = PathNames::relative_to(&current);
                let work = work(found, request.options, &names, context, output)?;
                door.open(work, context, output)?;
            }
            Ok(status)
        }
        Err(error) if error.is_broken_code() => {
            writeln!(output.err, "goperf: {error}")?;
            Ok(ExitStatus::BrokenCode)
        }
        Err(ComparisonError::NothingToCompare) => bail!(
            "nothing to compare with: name a git revision, or see --new-flags, --new-cmd and --self"
        ),
        Err(error) => Err(error.into()),
    }
}

/// What is shown of a comparison, with the history beside it if there is one.
fn work<'a>(
    found: Comparison,
    options: AbOptions,
    names: &'a PathNames,
    context: &'a Context,
    output: &mut Output,
) -> anyhow::Result<Work<'a>> {
    let [old, new] = &found.names;
    Ok(Work {
        title: format!("{new} against {old}"),
        benchmarks: Benchmarks {
            history: ui::history(None, context, output)?,
            comparison: Some((found, options)),
        },
        ..Work::of_nothing(context.system, names)
    })
}

fn sides(args: &AbArgs, current: &Path) -> Sides {
    let SideArgs {
        old_cmd, new_cmd, ..
    } = &args.sides;
    if let (Some(old), Some(new)) = (old_cmd, new_cmd) {
        return Sides::Commands {
            old: old.clone(),
            new: new.clone(),
        };
    }
    if args.sides.itself {
        return Sides::Itself;
    }
    let side = |revision: &Option<String>, flags: &Option<String>, overlay: &Option<PathBuf>| {
        let flags = flags.as_deref().unwrap_or_default().split_whitespace();
        let overlay = overlay
            .as_ref()
            .map(|path| overlay_flag(&current.join(path)));
        SideSpec {
            revision: revision.clone(),
            flags: flags.map(str::to_owned).chain(overlay).collect(),
        }
    };
    let mut old = side(&args.old, &args.sides.old_flags, &args.sides.old_overlay);
    let mut new = side(&args.new, &args.sides.new_flags, &args.sides.new_overlay);
    // Flags of both make no difference between them, and come before those of one side, which win.
    if old != new {
        for side in [&mut old, &mut new] {
            side.flags.splice(0..0, args.benchmarks.build.flags());
        }
    }
    Sides::Builds { old, new }
}

fn options(args: &AbArgs) -> anyhow::Result<AbOptions> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1");
    }
    if !(args.delta > 0.0 && args.delta < 1000.0) {
        bail!("--delta must be above 0");
    }
    let least = AbOptions::default().rounds.0;
    if args.rounds < least {
        bail!("--rounds must be at least {least}: fewer cannot show a difference");
    }
    if args.randlayout == 0 || args.randlayout > 1000 {
        bail!("--randlayout must lie between 1 and 1000");
    }
    Ok(AbOptions {
        bench: args.benchmarks.bench.clone(),
        benchtime: args.benchtime.clone(),
        cpu: args.benchmarks.cpu.clone(),
        rounds: (least, args.rounds),
        budget: args.budget,
        alpha: args.alpha,
        delta: args.delta / 100.0,
        seed: args.seed,
        timeout: args.benchmarks.timeout,
        control: !args.no_control,
    })
}

/// Shows the result before it writes the samples, so that a file that cannot be written does not lose
/// the result.
fn show(
    args: &AbArgs,
    found: &Comparison,
    options: &AbOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let [old, new] = &found.names;
    if args.sides.itself {
        writeln!(output.err, "compared {old} with itself")?;
    } else {
        writeln!(output.err, "compared {new} with {old}")?;
    }
    let report = found.report(options);
    let text = match args.format {
        AbFormat::Text => ab::text(&report),
        AbFormat::Markdown => ab::markdown(&report),
        AbFormat::Html => ab::html(&report),
        AbFormat::Json => format!("{:#}\n", ab::json(&report)),
    };
    output.out.write_all(text.as_bytes())?;
    output.out.flush()?;
    if let Some(path) = &args.out {
        (context.system)
            .write(path, &found.samples()?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(match found.outcome() {
        ComparisonOutcome::Passed => ExitStatus::Success,
        ComparisonOutcome::Worse => ExitStatus::Findings,
        ComparisonOutcome::Failed => ExitStatus::Error,
        ComparisonOutcome::Inconclusive => ExitStatus::Inconclusive,
        ComparisonOutcome::Interrupted => ExitStatus::Interrupted,
    })
}
