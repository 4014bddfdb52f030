//! `weblist`: a page of source lines with their instructions.

use std::io::{self, Write};

use base::acts;
use jiff::tz::TimeZone;

use super::header::header_lines;
use crate::report::{PageCode, PageFunction, PageLine, Scale, SourcePage};

const STYLE: &str = "\
<style>
body { font-family: sans-serif; }
.legend { font-size: 1.25em; }
.line, .nop, .unimportant { color: #888; }
.inlinesrc { color: #006; }
.livesrc { cursor: pointer; }
.livesrc:hover { background-color: #eee; }
.asm { color: #070; display: none; }
@media (prefers-color-scheme: dark) {
  body { background: #181818; color: #ddd; }
  .inlinesrc { color: #9cf; }
  .livesrc:hover { background-color: #333; }
  .asm { color: #8d8; }
}
</style>
<script>
addEventListener('click', event => {
  const asm = event.target.nextSibling;
  if (asm && asm.className === 'asm') {
    asm.style.display = asm.style.display === 'block' ? '' : 'block';
    event.preventDefault();
  }
});
</script>";

/// Writes the page.
pub(super) fn write(
    page: &SourcePage,
    time_zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    let scale = &page.scale;
    let title = escaped(&page.title);
    write!(
        out,
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n{STYLE}\n</head>\n<body>\n<div class=\"legend\">"
    )?;
    for line in header_lines(&page.header, scale, time_zone) {
        writeln!(out, "{}<br>", escaped(&line))?;
    }
    write!(out, "Total: {}</div>", escaped(&scale.label(scale.total)))?;
    for file in &page.files {
        for function in &file.functions {
            write_function(&file.path, function, scale, out)?;
        }
    }
    writeln!(out, "</body>\n</html>")
}

fn write_function(
    path: &str,
    function: &PageFunction,
    scale: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (name, path) = (escaped(&function.name), escaped(path));
    write!(
        out,
        "<h2>{name}</h2><p class=\"filename\">{path}</p>\n<pre>\n"
    )?;
    write!(
        out,
        "  Total:  {:>10} {:>10} (flat, cum) {}",
        scale.label(function.flat),
        scale.label(function.cum),
        scale.share(function.cum)
    )?;
    for line in &function.lines {
        write_line(line, scale, out)?;
    }
    write!(out, "\n</pre>\n")
}

fn write_line(line: &PageLine, scale: &Scale, out: &mut dyn Write) -> io::Result<()> {
    let class = match (line.has_code, line.code.is_empty()) {
        (false, _) => "nop",
        (true, false) => "livesrc",
        (true, true) => "deadsrc",
    };
    write!(
        out,
        "\n<span class=line> {:>6}</span> <span class={class}>  {:>10} {:>10} {:>8}  {} </span>",
        line.number,
        scale.label_or_dot(line.flat),
        scale.label_or_dot(line.cum),
        "",
        escaped(&line.text)
    )?;
    if line.code.is_empty() {
        return Ok(());
    }
    write!(out, "<span class=asm>")?;
    let indent = indentation(&line.text);
    for code in &line.code {
        write_code(code, indent, scale, out)?;
    }
    write!(out, "</span>")
}

fn write_code(
    code: &PageCode,
    indent: usize,
    scale: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let indented = |depth: usize, text: &str| {
        let text = format!("{}{text}", " ".repeat(indent + 4 + 4 * depth));
        escaped(&padded(&text))
    };
    match code {
        PageCode::Gap => writeln!(out, " {:>8} {:>28}", "", "⋮"),
        PageCode::Inlined {
            depth,
            text,
            file,
            line,
        } => writeln!(
            out,
            " {:>8} {:>10} {:>10} {:>8}  <span class=inlinesrc>{}</span> \
             <span class=unimportant>{}:{line}</span>",
            "",
            "",
            "",
            "",
            indented(*depth, text),
            escaped(file)
        ),
        PageCode::Instruction {
            depth,
            address,
            text,
            place,
            flat,
            cum,
        } => writeln!(
            out,
            " {:>8} {:>10} {:>10} {address:>8x}: {} <span class=unimportant>{}</span>",
            "",
            scale.label_or_dot(*flat),
            scale.label_or_dot(*cum),
            indented(*depth, text),
            escaped(place)
        ),
    }
}

/// The column of the first non-blank character; tabs go to multiples of 8.
fn indentation(line: &str) -> usize {
    let mut column = 0;
    for c in line.chars() {
        match c {
            ' ' => column += 1,
            '\t' => column = (column / 8 + 1) * 8,
            _ => break,
        }
    }
    column
}

/// At least 80 columns, without tabs.
fn padded(text: &str) -> String {
    let mut out = String::with_capacity(text.len().max(80));
    let mut column = 0;
    for c in text.chars() {
        column += 1;
        if c == '\t' {
            out.push(' ');
            while column % 8 != 0 {
                column += 1;
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    while column < 80 {
        column += 1;
        out.push(' ');
    }
    out
}

/// Text for HTML and SVG.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            // Neither HTML nor XML has other control characters.
            '\t' | '\n' | '\r' => out.push(c),
            c if acts(c) => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
