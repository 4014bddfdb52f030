//! `goperf doctor`: what works on this machine and what does not.

use project::doctor::{Diagnosis, State, doctor};
use serde_json::json;

use super::Context;
use crate::args::{DoctorArgs, DoctorFormat};
use crate::style::Style;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &DoctorArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let dir = context.system.current_dir()?;
    let go = context.global.go.as_deref();
    let found = doctor(context.system, context.cancel, go, &dir);
    context.cancel.check()?;
    match args.format {
        DoctorFormat::Text => text(&found, output)?,
        DoctorFormat::Json => {
            let all: Vec<_> = found.iter().map(as_json).collect();
            let report = json!({"version": 1, "diagnoses": all});
            writeln!(output.out, "{report:#}")?;
        }
    }
    let is_broken = found.iter().any(|it| it.state == State::Broken);
    Ok(if is_broken {
        ExitStatus::Error
    } else {
        ExitStatus::Success
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Note => "note",
        State::Limited => "limited",
        State::Broken => "broken",
    }
}

fn as_json(diagnosis: &Diagnosis) -> serde_json::Value {
    json!({
        "about": diagnosis.about,
        "state": word(diagnosis.state),
        "what": diagnosis.what,
        "remedy": diagnosis.remedy,
    })
}

fn text(found: &[Diagnosis], output: &mut Output) -> std::io::Result<()> {
    let width = found.iter().map(|it| it.about.len()).max().unwrap_or(0);
    let style = Style::new(output.color);
    for one in found {
        let state = format!("{:7}", word(one.state));
        let state = match one.state {
            State::Good => style.green(&state),
            State::Note => style.dim(&state),
            State::Limited => style.yellow(&state),
            State::Broken => style.red(&state),
        };
        writeln!(output.out, "{state}  {:width$}  {}", one.about, one.what)?;
        if let Some(remedy) = &one.remedy {
            writeln!(output.out, "{:7}  {:width$}  → {remedy}", "", "")?;
        }
    }
    Ok(())
}
