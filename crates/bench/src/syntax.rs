//! The languages of filters and projections.
//!
//! `goos:linux .unit:(ns/op OR B/op)` selects; `.name,/size@num` groups and orders. Both are read into
//! plain trees here; [`filter`](crate::filter) and [`projection`](crate::projection) give them meaning.
//!
//! Source: golang.org/x/perf/benchproc/syntax.

mod filter;
mod projection;
mod token;

use std::fmt;

pub(crate) use filter::{FilterMatch, FilterTree, parse_filter};
pub(crate) use projection::{ProjectionField, parse_projection};

/// An expression that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    pub query: String,
    /// In bytes.
    pub offset: usize,
    pub message: String,
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    /// The message, the query, and a caret below the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = (self.query.char_indices()).take_while(|(at, _)| *at < self.offset);
        let column = before.filter(|(_, rune)| is_graphic(*rune)).count();
        write!(
            f,
            "syntax error: {}\n\t{}\n\t{}^",
            self.message,
            self.query,
            // Wider than the columns that `format!` can make.
            " ".repeat(column)
        )
    }
}

/// Go's IsGraphic, short of unassigned code points.
fn is_graphic(rune: char) -> bool {
    let format = matches!(rune,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}');
    !rune.is_control() && !format
}
