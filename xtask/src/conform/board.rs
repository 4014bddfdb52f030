//! Scoreboards of comparisons that name their own cases.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base::System as _;

use crate::repo::Repo;

/// A scoreboard: what was compared, and every case that differs. A case that is not on it must not come
/// up; one that is may only go.
pub(super) struct Board<'a> {
    /// The name of the comparison.
    pub(super) name: &'a str,
    /// In the checkout.
    pub(super) path: &'a str,
    /// Comment lines in front.
    pub(super) head: &'a str,
    /// Counts, one `what: number` a line.
    pub(super) counts: String,
    pub(super) differs: BTreeSet<String>,
}

/// Of the new differences, as many are printed.
const SHOWN: usize = 20;

impl Board<'_> {
    /// Prints how the score changed, and writes it if it is asked to and it is no worse. Whether it is.
    pub(super) fn settle(&self, repo: &Repo, update: bool) -> anyhow::Result<bool> {
        let path = repo.path(self.path);
        let old = repo.system.read_to_string(&path).ok();
        let grown = self.grown(old.as_deref().unwrap_or_default());
        let worse = old.is_some() && !grown.is_empty();
        for line in self.counts.lines() {
            println!("{}: {line}", self.name);
        }
        if worse {
            for case in grown.iter().take(SHOWN) {
                println!("  now differs: {case}");
            }
            if grown.len() > SHOWN {
                println!("  and {} more", grown.len() - SHOWN);
            }
        } else if update {
            repo.system.write(&path, self.text().as_bytes())?;
        }
        Ok(worse)
    }

    /// Cases that an old scoreboard does not have.
    fn grown(&self, old: &str) -> Vec<&String> {
        let known: BTreeSet<&str> = old
            .lines()
            .filter_map(|line| line.strip_prefix("differs: "))
            .collect();
        let cases = self.differs.iter();
        cases
            .filter(|case| !known.contains(case.as_str()))
            .collect()
    }

    fn text(&self) -> String {
        let mut text = format!("{}{}", self.head, self.counts);
        for case in &self.differs {
            writeln!(text, "differs: {case}").ok();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cases_that_are_not_on_the_board_are_new() {
        let board = |cases: &[&str]| Board {
            name: "n",
            path: "p",
            head: "# Head.\n",
            counts: "cases: 3\n".to_owned(),
            differs: cases.iter().map(|&case| case.to_owned()).collect(),
        };
        let old = board(&["a", "b"]).text();
        assert_eq!(old, "# Head.\ncases: 3\ndiffers: a\ndiffers: b\n");
        assert!(board(&["b"]).grown(&old).is_empty());
        assert_eq!(board(&["b", "c"]).grown(&old), ["c"]);
    }
}
