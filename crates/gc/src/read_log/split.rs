//! Splitting at short texts. Building a searcher for one costs more than most searches here, so these go from one
//! occurrence of the first byte to the next.

use memchr::{memchr_iter, memrchr_iter};

/// At the first `by`, which is not empty.
pub(super) fn split<'a>(text: &'a str, by: &str) -> Option<(&'a str, &'a str)> {
    let bytes = text.as_bytes();
    let mut starts = memchr_iter(*by.as_bytes().first()?, bytes);
    let at = starts.find(|at| bytes[*at..].starts_with(by.as_bytes()))?;
    Some((&text[..at], &text[at + by.len()..]))
}

/// At the last `by`, which is not empty.
pub(super) fn rsplit<'a>(text: &'a str, by: &str) -> Option<(&'a str, &'a str)> {
    let bytes = text.as_bytes();
    let mut starts = memrchr_iter(*by.as_bytes().first()?, bytes);
    let at = starts.find(|at| bytes[*at..].starts_with(by.as_bytes()))?;
    Some((&text[..at], &text[at + by.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_are_found() {
        assert_eq!(split("a to b to c", " to "), Some(("a", "b to c")));
        assert_eq!(rsplit("a to b to c", " to "), Some(("a to b", "c")));
        assert_eq!(split(" t to", " to "), None);
        assert_eq!(rsplit("", " to "), None);
        assert_eq!(split("ä ← ö", " ← "), Some(("ä", "ö")));
    }
}
