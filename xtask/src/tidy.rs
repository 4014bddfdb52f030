//! What the compiler does not check. Run as a task, and as a test.

mod errors;
mod manifests;
mod structure;
mod texts;

use anyhow::bail;

use crate::repo::Repo;

/// Something untidy: where, and what.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Problem {
    /// A path from the root, with a line where that helps.
    place: String,
    text: String,
}

impl Problem {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }
}

pub(crate) fn run(repo: &Repo) -> anyhow::Result<()> {
    let problems = problems(repo)?;
    for Problem { place, text } in &problems {
        println!("{place}: {text}");
    }
    if !problems.is_empty() {
        bail!("{} untidy places", problems.len());
    }
    Ok(())
}

fn problems(repo: &Repo) -> anyhow::Result<Vec<Problem>> {
    let mut problems = manifests::problems(repo)?;
    problems.extend(texts::problems(repo)?);
    problems.sort();
    Ok(problems)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checkout_is_tidy() {
        let problems = super::problems(&crate::repo::Repo::unguarded()).unwrap();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
