//! Layout of cells in a fixed-width font.
//!
//! A cell belongs to a row, spans one or more columns and has a margin on its left. Widths count
//! runes. A span wider than its columns grows those that may stretch.
//!
//! Source: golang.org/x/perf/cmd/benchstat/internal/texttab.

/// The alignment of a value in its cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

#[derive(Debug)]
struct GridCell {
    row: u32,
    column: u32,
    span: u32,
    /// The value in the grid's text.
    start: u32,
    len: u32,
    /// In runes.
    width: u32,
    margin: &'static str,
    align: Align,
}

/// Cells are added row by row, from left to right.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// All values, one after the other: tables can have hundreds of thousands.
    text: String,
    cells: Vec<GridCell>,
    columns: usize,
    /// Columns that do not stretch.
    shrink: Vec<bool>,
    row: u32,
    column: usize,
}

impl Grid {
    /// Starts a row.
    pub(super) fn row(&mut self) {
        if !self.cells.is_empty() {
            self.row += 1;
        }
        self.column = 0;
    }

    /// Goes on at a column.
    pub(super) fn column(&mut self, column: usize) {
        self.column = column;
    }

    pub(super) fn current_column(&self) -> usize {
        self.column
    }

    /// Adds a cell. Its margin is a blank, or none in the first column or when it is empty.
    pub(super) fn cell(&mut self, value: &str, align: Align) {
        let margin = if self.column == 0 || value.is_empty() {
            ""
        } else {
            " "
        };
        self.span(1, value, align, margin);
    }

    pub(super) fn span(&mut self, span: usize, value: &str, align: Align, margin: &'static str) {
        self.cells.push(GridCell {
            row: self.row,
            column: self.column as u32,
            span: span as u32,
            start: self.text.len() as u32,
            len: value.len() as u32,
            width: runes(value) as u32,
            margin,
            align,
        });
        self.text.push_str(value);
        self.column += span;
        self.columns = self.columns.max(self.column);
    }

    /// Keeps a column from stretching.
    pub(super) fn shrink(&mut self, column: usize) {
        if self.shrink.len() <= column {
            self.shrink.resize(column + 1, false);
        }
        self.shrink[column] = true;
    }

    /// Lays the cells out. Every row ends with a newline; blank cells leave nothing.
    pub(super) fn print(&self, out: &mut String) {
        let margins = self.margins();
        let mut offsets = vec![0];
        let mut end = 0;
        for width in self.widths(&margins) {
            end += width;
            offsets.push(end);
        }
        let (mut row, mut at) = (0, 0);
        for cell in &self.cells {
            let value = &self.text[cell.start as usize..][..cell.len as usize];
            if value.trim().is_empty() && cell.margin.trim().is_empty() {
                continue;
            }
            while row < cell.row {
                out.push('\n');
                (row, at) = (row + 1, 0);
            }
            let column = cell.column as usize;
            let start = offsets[column] + margins[column];
            let room = offsets[column + cell.span as usize] as i64 - start as i64;
            let before = match cell.align {
                Align::Left => 0,
                Align::Center => (room - i64::from(cell.width)) / 2,
                Align::Right => (room - i64::from(cell.width)).max(0),
            };
            // A value that did not fit (`vs base` over nothing) reaches past this cell's start. The
            // reference then pads by as much as is missing, and so do we.
            let before = before.unsigned_abs() as usize;
            blanks(out, offsets[column].abs_diff(at));
            blanks(out, margins[column] - runes(cell.margin));
            out.push_str(cell.margin);
            blanks(out, before);
            out.push_str(value);
            at = start + before + cell.width as usize;
        }
        if !self.cells.is_empty() {
            out.push('\n');
        }
    }

    /// The widest margin of each column.
    fn margins(&self) -> Vec<usize> {
        let mut margins = vec![0; self.columns];
        for cell in &self.cells {
            let margin = &mut margins[cell.column as usize];
            *margin = runes(cell.margin).max(*margin);
        }
        margins
    }

    /// The width of each column with its margin.
    fn widths(&self, margins: &[usize]) -> Vec<usize> {
        let mut widths = vec![0; self.columns];
        let mut spans = Vec::new();
        for cell in &self.cells {
            let column = cell.column as usize;
            if cell.span == 1 {
                widths[column] = (cell.width as usize + margins[column]).max(widths[column]);
            } else {
                spans.push(cell);
            }
        }
        spans.sort_by_key(|cell| cell.span);
        for cell in spans {
            let column = cell.column as usize;
            let needed = cell.width as usize + margins[column];
            self.stretch(&mut widths, column..column + cell.span as usize, needed);
        }
        widths
    }

    /// Makes columns wide enough together: from the widest to the narrowest each gets at least the
    /// average of what is left.
    fn stretch(&self, widths: &mut [usize], columns: std::ops::Range<usize>, needed: usize) {
        if widths[columns.clone()].iter().sum::<usize>() >= needed {
            return;
        }
        let shrinks = |column: &usize| self.shrink.get(*column) == Some(&true);
        let fixed: usize = columns
            .clone()
            .filter(shrinks)
            .map(|column| widths[column])
            .sum();
        let mut stretching: Vec<usize> = columns.filter(|column| !shrinks(column)).collect();
        stretching.sort_by_key(|&column| std::cmp::Reverse(widths[column]));
        let mut rest = needed - fixed;
        for (done, &column) in stretching.iter().enumerate() {
            let average = rest.div_ceil(stretching.len() - done);
            widths[column] = widths[column].max(average);
            rest = rest.saturating_sub(widths[column]);
        }
    }
}

fn runes(text: &str) -> usize {
    text.chars().count()
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_stretch_the_columns_that_may() {
        let mut grid = Grid::default();
        grid.row();
        grid.column(1);
        grid.span(3, "wide heading", Align::Center, " │ ");
        grid.column(4);
        grid.span(1, "", Align::Left, " │");
        grid.shrink(2);
        grid.shrink(3);
        grid.row();
        grid.cell("name", Align::Left);
        grid.cell("1.5", Align::Right);
        grid.span(1, "2%", Align::Right, " ± ");
        grid.cell("", Align::Left);
        let mut out = String::new();
        grid.print(&mut out);
        insta::assert_snapshot!(out, @r"
             │ wide heading │
        name       1.5 ± 2%
        ");
    }
}
