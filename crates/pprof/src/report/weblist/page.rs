//! The page itself.

use std::fmt::Write;

use super::Report;
use super::plan::{CallSite, SourceFile, SourceFunction, SourcePlan};
use crate::path;
use crate::source::SourceReader;

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

impl Report<'_> {
    pub(super) fn weblist_page(&self, plan: &SourcePlan) -> String {
        let options = &self.options;
        let mut reader =
            SourceReader::new(self.around.system, &options.source_path, &options.trim_path);
        let mut out = "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n".to_owned();
        write!(
            out,
            "<title>{}</title>\n{STYLE}\n</head>\n<body>\n",
            escaped(&options.title)
        )
        .ok();
        out.push_str("<div class=\"legend\">");
        for label in self.profile_labels() {
            writeln!(out, "{}<br>", escaped(&label)).ok();
        }
        write!(
            out,
            "Total: {}</div>",
            escaped(&self.format_value(self.total))
        )
        .ok();
        for (name, file) in &plan.files {
            for function in plan.functions(file) {
                if function.cum != 0 {
                    self.push_function(&mut out, plan, name, file, &function, &mut reader);
                }
            }
        }
        out.push_str("</body>\n</html>\n");
        out
    }

    fn push_function(
        &self,
        out: &mut String,
        plan: &SourcePlan,
        name: &str,
        file: &SourceFile,
        function: &SourceFunction,
        reader: &mut SourceReader<'_>,
    ) {
        write!(
            out,
            "<h2>{}</h2><p class=\"filename\">{}</p>\n<pre>\n",
            escaped(&function.name),
            escaped(name)
        )
        .ok();
        write!(
            out,
            "  Total:  {:>10} {:>10} (flat, cum) {}",
            self.format_value(function.flat),
            self.format_value(function.cum),
            self.share(function.cum)
        )
        .ok();
        for line in function.begin..function.end {
            let addresses = file.lines.get(&line).map_or(&[][..], Vec::as_slice);
            let source = match reader.line(name, line) {
                Some(source) => source,
                None if addresses.is_empty() => continue,
                None if line == 0 => "<instructions with unknown line numbers>".to_owned(),
                None => "???".to_owned(),
            };
            self.push_line(out, plan, (line, &source), addresses, reader);
        }
        out.push_str("\n</pre>\n");
    }

    fn push_line(
        &self,
        out: &mut String,
        plan: &SourcePlan,
        (number, source): (i64, &str),
        addresses: &[(u64, Vec<CallSite>)],
        reader: &mut SourceReader<'_>,
    ) {
        let (mut flat, mut cum) = (0_i64, 0_i64);
        let mut has_details = false;
        for (address, inlined) in addresses {
            let instruction = plan.instruction(*address);
            flat = flat.wrapping_add(instruction.flat);
            cum = cum.wrapping_add(instruction.cum);
            has_details |= !inlined.is_empty() || !instruction.text.is_empty();
        }
        let class = match (addresses.is_empty(), has_details) {
            (true, _) => "nop",
            (false, true) => "livesrc",
            (false, false) => "deadsrc",
        };
        write!(
            out,
            "\n<span class=line> {number:>6}</span> <span class={class}>  {:>10} {:>10} {:>8}  {} \
             </span>",
            self.value_or_dot(flat),
            self.value_or_dot(cum),
            "",
            escaped(source)
        )
        .ok();
        if has_details {
            out.push_str("<span class=asm>");
            self.push_instructions(out, plan, indentation(source), addresses, reader);
            out.push_str("</span>");
        }
    }

    fn push_instructions(
        &self,
        out: &mut String,
        plan: &SourcePlan,
        indent: usize,
        addresses: &[(u64, Vec<CallSite>)],
        reader: &mut SourceReader<'_>,
    ) {
        let mut current: &[CallSite] = &[];
        let mut last_end = 0;
        for (index, (address, inlined)) in addresses.iter().enumerate() {
            let instruction = plan.instruction(*address);
            if index != 0 && *address != last_end {
                writeln!(out, " {:>8} {:>28}", "", "⋮").ok();
            }
            last_end = address.wrapping_add(instruction.length);
            for (depth, site) in inlined.iter().enumerate() {
                if current.get(depth) == Some(site) {
                    continue;
                }
                current = &[];
                let source = reader.line(&site.file, site.line).unwrap_or_default();
                let source = format!("{}{}", " ".repeat(indent + 4 + 4 * depth), source.trim());
                writeln!(
                    out,
                    " {:>8} {:>10} {:>10} {:>8}  <span class=inlinesrc>{}</span> \
                     <span class=unimportant>{}:{}</span>",
                    "",
                    "",
                    "",
                    "",
                    escaped(&padded(&source)),
                    escaped(path::base(&site.file)),
                    site.line
                )
                .ok();
            }
            current = inlined;
            if instruction.text.is_empty() {
                continue;
            }
            let text = format!(
                "{}{}",
                " ".repeat(indent + 4 + 4 * inlined.len()),
                instruction.text
            );
            let place = if instruction.file.is_empty() {
                String::new()
            } else {
                format!("{}:{}", path::base(&instruction.file), instruction.line)
            };
            writeln!(
                out,
                " {:>8} {:>10} {:>10} {:>8x}: {} <span class=unimportant>{}</span>",
                "",
                self.value_or_dot(instruction.flat),
                self.value_or_dot(instruction.cum),
                instruction.address,
                escaped(&padded(&text)),
                escaped(&place)
            )
            .ok();
        }
    }
}

/// The column of the first character that is no blank; tabs go to multiples of 8.
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

/// Text for HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
