//! Everything known about a line, as text.

use std::path::Path;

use project::explain::{ExplainReport, Location};

/// The text of an explanation; paths below `root` are shown relative to it.
pub(crate) fn explanation(
    report: &ExplainReport,
    path: &Path,
    line: u32,
    root: Option<&Path>,
) -> String {
    let name = |path: &Path| {
        let below = root.and_then(|root| path.strip_prefix(root).ok());
        below.unwrap_or(path).display().to_string()
    };
    let location = |at: &Location| format!("{}:{}:{}", name(&at.path), at.line, at.col);
    let mut text = format!("{}:{line}: {}\n", name(path), report.text);
    if let Some(function) = &report.function {
        text += &format!("in {} of {}\n", function.name, function.package);
    }
    for decision in &report.decisions {
        text += &format!("  {}\n", decision.words);
        for origin in &decision.inlined_from {
            text += &format!("      inlined from {}\n", location(origin));
        }
        for (at, what) in &decision.steps {
            text += &format!("      {}: {what}\n", location(at));
        }
        if let Some(end) = &decision.end {
            text += &format!("      {end}\n");
        }
    }
    for value in &report.passing {
        text += &format!("  {} here, which is why {}\n", value.step, value.words);
    }
    for broken in &report.broken {
        text += &format!("  the package does not compile: {}\n", broken.message);
    }
    if report.decisions.is_empty() && report.passing.is_empty() {
        match &report.nearest {
            Some((line, words)) => {
                text += &format!(
                    "  nothing is decided here; on line {line}: {}\n",
                    words.join("; ")
                );
            }
            None if report.broken.is_empty() => text += "  nothing is decided here\n",
            None => {}
        }
    }
    text
}
