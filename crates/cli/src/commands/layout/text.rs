//! The report as people read it.

use std::borrow::Cow;
use std::fmt::Write as _;

use base::visible;
use layout::{Advice, FieldLayout, Ground, Obstacle, StructLayout};
use project::structs::{FixedStructs, StructReport, StructReportEntry as Entry};

use super::Shown;
use crate::Output;
use crate::style::Style;

pub(super) fn print(
    report: &StructReport,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    if shown.all {
        for entry in report
            .structs
            .iter()
            .filter(|it| shown.tests || !it.in_test)
        {
            let name = visible(&entry.layout.name);
            let head = format!("{}  {}", style.bold(&name), size_text(entry));
            writeln!(
                output.out,
                "{head}  {}",
                style.dim(&shown.place(entry.layout.place.as_ref()))
            )?;
            if let Some(live) = live_text(entry) {
                writeln!(output.out, "    {live}")?;
            }
            write!(output.out, "{}", fields_text(entry, style))?;
            writeln!(output.out)?;
        }
    } else {
        let (free, _) = shown.split(report);
        write!(output.out, "{}", table(&free, shown, style))?;
    }
    print_kept(report, shown, output)?;
    write!(output.out, "{}", heap_text(report).unwrap_or_default())?;
    write!(output.out, "{}", summary(report, shown))?;
    Ok(())
}

/// Structs that would take less, but have to stay as they are.
pub(super) fn print_kept(
    report: &StructReport,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<()> {
    let (_, kept) = shown.split(report);
    if kept.is_empty() {
        return Ok(());
    }
    let style = Style::new(output.color);
    writeln!(output.out, "{}", style.bold("Left as they are:"))?;
    write!(output.out, "{}", table(&kept, shown, style))?;
    Ok(())
}

pub(super) fn print_fixed(
    fixed: &FixedStructs,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    let entries: Vec<&Entry> = fixed.fixed.iter().collect();
    write!(output.out, "{}", table(&entries, shown, style))?;
    writeln!(
        output.out,
        "{} reordered in {}",
        plural(fixed.fixed.len(), "struct"),
        plural(fixed.files.by_path.len(), "file")
    )?;
    Ok(())
}

/// Why a struct is left as it is: `generated code; generic`. Empty if it is not.
fn reasons_text(entry: &Entry, shown: &Shown) -> String {
    let mut reasons: Vec<String> = (entry.obstacles.iter())
        .map(|obstacle| reason_text(obstacle, shown))
        .collect();
    if shown.fix && entry.foreign {
        reasons.insert(0, "not of the main module".to_owned());
    }
    reasons.join("; ")
}

fn reason_text(obstacle: &Obstacle, shown: &Shown) -> String {
    let mut text = visible(&obstacle.reason.to_string()).into_owned();
    if let Some(place) = &obstacle.place {
        let _ = write!(text, " ({})", shown.place(Some(place)));
    }
    if let Some(flag) = obstacle.reason.flag() {
        let _ = write!(text, " (`{flag}`)");
    }
    text
}

/// Columns are not made wider than this for one long name.
const WIDEST: usize = 120;

/// Saved bytes, sizes, classes, name and place in columns; below what is live of it and why it has to stay.
fn table(entries: &[&Entry], shown: &Shown, style: Style) -> String {
    let mut rows = vec![["SAVES", "SIZE", "CLASS", "STRUCT"].map(str::to_owned)];
    for entry in entries {
        if let Some(advice) = &entry.advice {
            rows.push([
                saved_text(advice),
                format!("{} → {}", entry.layout.size, advice.better.size),
                class_text(advice),
                visible(&entry.short_name).into_owned(),
            ]);
        }
    }
    if rows.len() == 1 {
        return String::new();
    }
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0).min(WIDEST)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let [saves, size, class, name] = row;
        let line = format!(
            "{saves:>0$}  {size:<1$}  {class:<2$}  {name:<3$}",
            widths[0], widths[1], widths[2], widths[3]
        );
        if number == 0 {
            let _ = writeln!(out, "{}", style.dim(line.trim_end()));
            continue;
        }
        let entry = entries[number - 1];
        let place = shown.place(entry.layout.place.as_ref());
        let _ = writeln!(out, "{line}  {}", style.dim(&place));
        let reasons = Some(reasons_text(entry, shown)).filter(|it| !it.is_empty());
        for below in [live_text(entry), reasons].into_iter().flatten() {
            let _ = writeln!(out, "{:>1$}  {below}", "", widths[0]);
        }
        if shown.fields {
            out.push_str(&fields_text(entry, style));
        }
    }
    out.push('\n');
    out
}

fn saved_text(advice: &Advice) -> String {
    match advice.ground {
        Ground::Pointers => "-".to_owned(),
        _ => format!("{} B", advice.saved_bytes),
    }
}

fn class_text(advice: &Advice) -> String {
    if advice.class == advice.better_class {
        format!("{} (rows)", advice.class)
    } else {
        format!("{} → {}", advice.class, advice.better_class)
    }
}

/// `88 bytes (class 96)`, and what another order makes of it.
fn size_text(entry: &Entry) -> String {
    let layout = &entry.layout;
    let mut text = format!(
        "{} bytes, {} of them padding",
        layout.size,
        layout.padding()
    );
    if let Some(advice) = &entry.advice {
        let _ = match advice.ground {
            Ground::Class => write!(
                text,
                "; {} in another order, class {} → {}",
                advice.better.size, advice.class, advice.better_class
            ),
            Ground::Rows => write!(
                text,
                "; {} in another order, {} saved by each element of slices, arrays, maps",
                advice.better.size, advice.saved_bytes
            ),
            Ground::Pointers => write!(
                text,
                "; pointers in the first {} instead of {} bytes in another order",
                advice.better.ptrdata, layout.ptrdata
            ),
            Ground::Padding => write!(
                text,
                "; {} in another order, but an object takes {} either way",
                advice.better.size, advice.class
            ),
        };
    }
    text
}

/// `live 1.2 GB in 8.4 M objects, saves 134 MB`; `None` without a profile.
fn live_text(entry: &Entry) -> Option<String> {
    let heap = entry.heap.as_ref()?;
    if heap.values() == 0.0 {
        return Some("none live in the profile".to_owned());
    }
    let counted = [(heap.objects, "object"), (heap.elements, "element")]
        .into_iter()
        .filter(|(count, _)| *count > 0.0)
        .map(|(count, noun)| {
            let count = count.round() as i64;
            let ending = if count == 1 { "" } else { "s" };
            format!("{} {noun}{ending}", lint::count(count))
        });
    let mut text = format!(
        "live {} in {}",
        lint::bytes(heap.bytes.round() as i64),
        counted.collect::<Vec<_>>().join(" and ")
    );
    let saved = entry.live_savings().round() as i64;
    if saved > 0 {
        let _ = write!(text, ", saves {}", lint::bytes(saved));
    }
    if heap.shared_bytes > 0.0 {
        let shared = lint::bytes(heap.shared_bytes.round() as i64);
        let _ = write!(text, " ({shared} may be of other types of the same lines)");
    }
    Some(text)
}

/// How much of the profile has types.
fn heap_text(report: &StructReport) -> Option<String> {
    let heap = report.heap.as_ref()?;
    Some(format!(
        "Profile: {} live, {} of them allocated by these packages, {} of those of known type\n",
        lint::bytes(heap.bytes),
        lint::bytes(heap.own_bytes),
        lint::bytes(heap.typed_bytes)
    ))
}

/// Offset, size, alignment, name and type of each field, padding between them.
fn fields_text(entry: &Entry, style: Style) -> String {
    let layout = &entry.layout;
    let width = (layout.fields.iter())
        .map(|field| field_name(field).chars().count())
        .max()
        .unwrap_or(0)
        .min(WIDEST);
    let mut out = format!("    {}\n", style.dim("offset  size  align"));
    for (index, field) in layout.fields.iter().enumerate() {
        let name = field_name(field);
        let _ = writeln!(
            out,
            "    {:6}  {:4}  {:5}  {name:width$}  {}",
            field.offset,
            field.size,
            field.align,
            style.dim(&visible(&field.typ))
        );
        let padding = layout.padding_after(index);
        if padding > 0 {
            let offset = field.offset + field.size;
            let line = format!("    {offset:6}  {padding:4}         (padding)");
            let _ = writeln!(out, "{}", style.yellow(&line));
        }
    }
    if let Some(advice) = &entry.advice {
        let _ = writeln!(out, "    better: {}", order_text(layout, advice));
    }
    out
}

fn field_name(field: &FieldLayout) -> Cow<'_, str> {
    visible(&field.name)
}

fn order_text(layout: &StructLayout, advice: &Advice) -> String {
    let names = advice.better.order.iter();
    let names: Vec<Cow<'_, str>> = names
        .map(|index| field_name(&layout.fields[*index]))
        .collect();
    names.join(", ")
}

fn summary(report: &StructReport, shown: &Shown) -> String {
    let (free, kept) = shown.split(report);
    let looked_at = report
        .structs
        .iter()
        .filter(|it| shown.tests || !it.in_test);
    let (structs, packages) = (looked_at.count(), report.packages);
    let of = format!(
        "{} in {}",
        plural(structs, "struct"),
        plural(packages, "package")
    );
    if free.is_empty() && kept.is_empty() {
        return format!("{of}: none would take less memory in another order\n");
    }
    let mut text = format!("{of}: {} would take less in another order", free.len());
    if !kept.is_empty() {
        let _ = write!(text, ", {} more would, but have to stay", kept.len());
    }
    if report.stripped {
        text += "\nThe program is stripped: types that it never allocates or prints are missing";
    }
    if report.of_binary {
        text += "\nA binary does not show what depends on the order of fields; `goperf layout` of its packages does";
    } else if free.iter().any(|entry| !entry.foreign) {
        text += " (`--diff` shows the change, `--fix` makes it)";
    } else if !free.is_empty() {
        text += " (`--diff` shows the change; outside of the main module `--fix` changes nothing)";
    }
    text.push('\n');
    text
}

fn plural(n: usize, word: &str) -> String {
    if n == 1 {
        format!("1 {word}")
    } else {
        format!("{n} {word}s")
    }
}
