//! `markdown`: one page for people and programs that read text.

use std::io::{self, Write};

use base::visible;
use jiff::tz::TimeZone;

use super::header::{filter_lines, header_lines};
use crate::report::{Digest, DigestRow, Scale};

/// Most frames of a path; of more, those in the middle are left out.
const MAX_FRAMES: usize = 12;

/// Writes the page.
pub(super) fn write(digest: &Digest, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let scale = &digest.scale;
    writeln!(out, "# Profile: {}\n", plain(&digest.header.sample_type))?;
    for line in header_lines(&digest.header, scale, time_zone) {
        writeln!(out, "- {}", plain(&line))?;
    }
    writeln!(out, "- Total: {}", scale.label(scale.total))?;
    for filter in filter_lines(&digest.filters) {
        writeln!(out, "- Filter: {}", code(filter.trim()))?;
    }
    write_rows(
        "Functions by their own value (flat)",
        "function",
        &digest.flat,
        scale,
        out,
    )?;
    let title = "Functions by their value and that of all they call (cum)";
    write_rows(title, "function", &digest.cum, scale, out)?;
    if !digest.paths.is_empty() {
        writeln!(out, "\n## Call paths\n")?;
        for (index, path) in digest.paths.iter().enumerate() {
            let (value, share) = (scale.label(path.value), scale.share(path.value));
            let frames = elided(&path.frames).join(" → ");
            writeln!(out, "{}. {value} ({}): {frames}", index + 1, share.trim())?;
        }
    }
    if !digest.lines.is_empty() {
        write_rows(
            "Lines by their own value",
            "line",
            &digest.lines,
            scale,
            out,
        )?;
    }
    if !digest.notes.is_empty() {
        writeln!(out, "\n## Notes\n")?;
        for note in &digest.notes {
            writeln!(out, "- {}", plain(note))?;
        }
    }
    Ok(())
}

fn write_rows(
    title: &str,
    what: &str,
    rows: &[DigestRow],
    scale: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n## {title}\n")?;
    writeln!(out, "| flat | flat% | cum | cum% | {what} |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | --- |")?;
    for row in rows {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            scale.label(row.flat),
            scale.share(row.flat).trim(),
            scale.label(row.cum),
            scale.share(row.cum).trim(),
            code(&row.name)
        )?;
    }
    Ok(())
}

/// The frames as code, those in the middle of a long path left out.
fn elided(frames: &[String]) -> Vec<String> {
    let all = || frames.iter().map(|it| code(it));
    if frames.len() <= MAX_FRAMES {
        return all().collect();
    }
    let (first, last) = (MAX_FRAMES / 2, frames.len() - MAX_FRAMES / 2);
    let left_out = format!("… {} more …", last - first);
    let start = all().take(first);
    start.chain([left_out]).chain(all().skip(last)).collect()
}

/// A text that is not markup.
fn plain(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;")
}

/// A text as code, also in a table.
fn code(name: &str) -> String {
    let name = visible(name).replace('`', "'").replace('|', "\\|");
    format!("`{name}`")
}
