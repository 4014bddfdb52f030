//! `tags`.

use std::io::{self, Write};

use crate::report::Tags;

/// Each key with its values, in columns.
pub(super) fn write(tags: &Tags, out: &mut dyn Write) -> io::Result<()> {
    let scale = &tags.scale;
    let share = |value: i64| {
        if scale.total > 0 {
            format!(" ({})", scale.share(value))
        } else {
            String::new()
        }
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for key in &tags.keys {
        let (of_key, all) = (scale.label(key.total), scale.label(scale.total));
        let total = format!(" Total {of_key} of {all}{}", share(key.total));
        rows.push(vec![format!("{}:", key.key), total]);
        for tag in &key.values {
            let value = format!("{}{}:", scale.label(tag.value), share(tag.value));
            rows.push(vec![" ".to_owned(), value, format!(" {}", tag.name)]);
        }
        rows.push(vec![String::new()]);
    }
    write_aligned_right(&rows, out)
}

/// Rows of cells; all but a row's last one are padded on the left to the width of their column,
/// which is that of the block of consecutive rows that have it, plus one.
fn write_aligned_right(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let mut widths: Vec<Vec<usize>> = rows.iter().map(|row| vec![0; row.len() - 1]).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..columns {
        let mut start = 0;
        while start < rows.len() {
            if widths[start].len() <= column {
                start += 1;
                continue;
            }
            let block = widths[start..]
                .iter()
                .take_while(|it| it.len() > column)
                .count();
            let cells = rows[start..start + block]
                .iter()
                .map(|row| row[column].chars().count());
            let width = cells.max().unwrap_or(0);
            let width = if width == 0 { 0 } else { width + 1 };
            for row in &mut widths[start..start + block] {
                row[column] = width;
            }
            start += block;
        }
    }
    for (row, widths) in rows.iter().zip(&widths) {
        for (cell, width) in row.iter().zip(widths) {
            let padding = width.saturating_sub(cell.chars().count());
            (0..padding).try_for_each(|_| out.write_all(b" "))?;
            out.write_all(cell.as_bytes())?;
        }
        writeln!(out, "{}", row.last().map_or("", String::as_str))?;
    }
    Ok(())
}
