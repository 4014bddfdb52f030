//! Columns, as gofmt's tab writer makes them.

/// Lines of cells: a cell is padded to the width of those above and below it in the same column, as
/// far as lines without a gap have a cell to its right. A row with several lines ends the block: only
/// its cells before the first line's end take part in it.
pub fn align(rows: &[Vec<String>]) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new(); rows.len()];
    let mut start = 0;
    while start < rows.len() {
        let len = rows[start..]
            .iter()
            .position(|row| row.iter().any(|cell| cell.contains('\n')));
        let end = len.map_or(rows.len(), |len| start + len + 1);
        align_block(&rows[start..end], &mut lines[start..end]);
        start = end;
    }
    lines
}

fn align_block(rows: &[Vec<String>], lines: &mut [String]) {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths = vec![vec![0; n_columns]; rows.len()];
    for column in 0..n_columns {
        let mut start = 0;
        while start < rows.len() {
            // Only cells that others follow on their line belong to the column.
            let in_column = |row: &&Vec<String>| {
                row.len() > column + 1 && !row[..=column].iter().any(|cell| cell.contains('\n'))
            };
            let len = rows[start..].iter().take_while(in_column).count();
            let block = start..start + len;
            let width = rows[block.clone()]
                .iter()
                .map(|row| width(&row[column]))
                .max();
            for row in block {
                widths[row][column] = width.unwrap_or(0);
            }
            start += len.max(1);
        }
    }
    for ((row, line), widths) in rows.iter().zip(lines).zip(widths) {
        let mut is_broken = false;
        for (column, cell) in row.iter().enumerate() {
            line.push_str(cell);
            is_broken |= cell.contains('\n');
            if column + 1 == row.len() {
                break;
            }
            // Columns that are empty throughout take no room.
            if is_broken {
                line.push(' ');
            } else if widths[column] > 0 {
                let padding = widths[column] - width(cell) + 1;
                line.extend(std::iter::repeat_n(' ', padding));
            }
        }
    }
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_end_at_rows_without_the_cell_or_with_several_lines() {
        let rows = [
            vec!["a", "int", "`x`"],
            vec!["long", "string"],
            vec!["E"],
            vec!["b", "T", "`y`"],
            vec!["ccc", "T {\n}", "`z`"],
            vec!["dddd", "d"],
        ];
        let rows: Vec<Vec<String>> = (rows.iter())
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        let expected = [
            "a    int `x`",
            "long string",
            "E",
            "b   T `y`",
            "ccc T {\n} `z`",
            "dddd d",
        ];
        assert_eq!(align(&rows), expected);
    }
}
