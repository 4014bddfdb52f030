//! From a command and its options to a report.

use std::io::Write;

use jiff::tz::TimeZone;

use crate::command::{Command, Format};
use crate::config::Config;
use crate::error::Error;
use crate::fetch::Loaded;
use crate::picture::draw;
use crate::render::dot::Drawing;
use crate::render::{Answer, remarks};
use crate::report::{Digest, Machine, Report};
use crate::settings::{Granularity, Overrides};
use crate::view::View;

/// Makes the report of a command. `param` is its regular expression if it takes one; remarks go
/// to `err`.
pub(crate) fn make_report(
    loaded: &Loaded,
    command: &Command,
    param: Option<&str>,
    config: &Config,
    (machine, time_zone): (Machine<'_>, &TimeZone),
    err: &mut dyn Write,
) -> Result<Answer, Error> {
    let mut view = View::for_command(&loaded.profile, command, param, config, err)?;
    view.comparison.clone_from(&loaded.comparison);
    let report = if command.format == Format::Markdown {
        let by_line = Command {
            overrides: Overrides {
                granularity: Some(Granularity::Lines),
                ..command.overrides
            },
            ..*command
        };
        // Remarks were made already.
        let lines = &mut std::io::sink();
        let lines = View::for_command(&loaded.profile, &by_line, param, config, lines)?;
        Report::Digest(Box::new(Digest::new(&view, &lines)))
    } else {
        Report::new(view, command.format, machine)?
    };
    for remark in remarks(&report) {
        writeln!(err, "{remark}")?;
    }
    if let (Some(kind), Report::CallGraph(graph)) = (command.picture, &report) {
        let drawing = Drawing::new(graph, time_zone);
        return draw(&drawing, kind, machine.system).map(Answer::Bytes);
    }
    Ok(Answer::Report {
        report: Box::new(report),
        format: command.format,
        time_zone: time_zone.clone(),
    })
}
