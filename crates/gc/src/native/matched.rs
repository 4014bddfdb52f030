//! Lines of the model beside those of the compiler.

use std::collections::BTreeMap;

/// Which of our lines the compiler has, each as often as it has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matched<'a> {
    /// In our order.
    pub equal: Vec<&'a str>,
    /// Ours alone, in our order.
    pub wrong: Vec<&'a str>,
    /// The compiler's alone, in its order.
    pub missing: Vec<&'a str>,
}

impl<'a> Matched<'a> {
    pub fn new(compiler: &'a [String], ours: &'a [String]) -> Self {
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for line in compiler {
            *left.entry(line).or_default() += 1;
        }
        let mut take = |line: &str| {
            let left = left.get_mut(line).filter(|count| **count > 0);
            left.map(|count| *count -= 1).is_some()
        };
        let (equal, wrong) = ours.iter().map(String::as_str).partition(|line| take(line));
        // The last ones of a line are those that are left.
        let mut missing: Vec<&str> = (compiler.iter().rev())
            .map(String::as_str)
            .filter(|line| take(line))
            .collect();
        missing.reverse();
        Self {
            equal,
            wrong,
            missing,
        }
    }
}
