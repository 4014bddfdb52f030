//! Which function a line belongs to.

use crate::packages::{CheckedPackage, DeclaredFunction};
use crate::scan::{Extent, Tokens};

/// The functions of one file, by the lines of their bodies.
#[derive(Clone, Debug, Default)]
pub struct FunctionMap {
    /// Sorted by first line.
    functions: Vec<(Extent, String)>,
}

impl FunctionMap {
    /// From the file's source and the functions the compiler names in it (position `file` in the package).
    pub fn new(source: &str, file: usize, declared: &[DeclaredFunction]) -> Self {
        let tokens = Tokens::new(source);
        let mut functions: Vec<(Extent, String)> = (declared.iter())
            .filter(|function| function.file == Some(file))
            .filter_map(|function| {
                Some((tokens.function_at(function.line)?, function.name.clone()))
            })
            .collect();
        functions.sort_by(|a, b| (a.0.first, b.0.last, &a.1).cmp(&(b.0.first, a.0.last, &b.1)));
        functions.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
        Self { functions }
    }

    /// Of every file of a package, in their order; `sources` are their texts, `None` for what could not be read.
    pub fn of_package(package: &CheckedPackage, sources: &[Option<String>]) -> Vec<Self> {
        (sources.iter().enumerate())
            .map(|(file, source)| match source {
                Some(source) => Self::new(source, file, &package.functions),
                None => Self::default(),
            })
            .collect()
    }

    /// The innermost function around a line and the line of its `func`.
    pub fn around(&self, line: u32) -> Option<(&str, u32)> {
        (self.functions.iter())
            .filter(|(extent, _)| extent.first <= line && line <= extent.last)
            .min_by_key(|(extent, _)| extent.last - extent.first)
            .map(|(extent, name)| (name.as_str(), extent.first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_function_is_found() {
        let source =
            "package p\n\nfunc F() {\n\tg := func() {\n\t\tx()\n\t}\n\tg()\n}\n\nvar y = 1\n";
        let function = |name: &str, line| DeclaredFunction {
            name: name.into(),
            file: Some(0),
            line,
        };
        let map = FunctionMap::new(source, 0, &[function("F", 3), function("F.func1", 4)]);
        let around = |line| map.around(line).map(|(name, _)| name);
        assert_eq!(around(5), Some("F.func1"));
        assert_eq!(around(7), Some("F"));
        assert_eq!(around(10), None);
    }
}
