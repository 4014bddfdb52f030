//! Names for what a fix declares.

use go_syntax::{DeclId, Node};

use super::{Draft, Function, Source};

impl Source<'_> {
    /// The declaration of the file that a node is in.
    pub(crate) fn declaration_of(&self, node: impl Into<Node>) -> Option<DeclId> {
        let node = node.into();
        std::iter::once(node)
            .chain(self.ancestors(node))
            .filter_map(|node| match node {
                Node::Decl(id) => Some(id),
                _ => None,
            })
            .last()
    }

    /// Whether a function runs once by its name.
    pub(crate) fn runs_once(&self, function: Function) -> bool {
        matches!(function, Function::Declared(_))
            && matches!(self.function_name(function), "init" | "main" | "TestMain")
    }

    /// Whether a name means nothing at a node, nor anything in the package.
    pub(crate) fn is_unused_name(&self, name: &str, at: impl Into<Node>) -> bool {
        self.is_free_name(name, at.into())
            && !self.exprs().any(|it| {
                matches!(self.expr(it), go_syntax::ExprKind::Ident(_)) && self.text(it) == name
            })
    }
}

impl Draft {
    /// Declares a variable of the package in front of the declaration that a node is in, comments included.
    pub(crate) fn declare(
        &mut self,
        source: &Source<'_>,
        at: impl Into<Node>,
        name: &str,
        value: &str,
    ) {
        let Some(decl) = source.declaration_of(at) else {
            self.fail();
            return;
        };
        let start = source.start_with_doc(decl);
        self.insert(start, format!("var {name} = {value}\n\n"));
    }
}

impl Source<'_> {
    /// Where a declaration begins, with the comments right above it.
    fn start_with_doc(&self, decl: DeclId) -> u32 {
        let mut start = self.range(decl).start;
        let line_of = |offset| self.file.lines.line_col(offset).line;
        for comment in self.file.comments.iter().rev() {
            let range = comment.range;
            if range.end <= start
                && line_of(range.end) + 1 >= line_of(start)
                && self.is_first(range.start)
            {
                start = range.start;
            }
        }
        start
    }

    /// Whether nothing but space stands in front on the line.
    fn is_first(&self, offset: u32) -> bool {
        let line = self.file.lines.line_col(offset).line;
        (self.file.lines.line_range(line)).is_some_and(|line| {
            let before = base::TextRange::new(line.start, offset);
            self.file.text(before).trim().is_empty()
        })
    }
}

/// A name of some words of a text: `errInvalidHeaderName` of `err` and `http: invalid header name`.
pub(crate) fn name_of_words(prefix: &str, text: &str) -> String {
    const WORDS: usize = 4;
    let text = text.rsplit(": ").next().unwrap_or(text);
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS);
    let mut name = prefix.to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::name_of_words;

    #[test]
    fn names_are_made_of_the_last_part() {
        let name = |text| name_of_words("err", text);
        assert_eq!(name("http: invalid header name"), "errInvalidHeaderName");
        assert_eq!(name("it's no use at all today"), "errItSNoUse");
        assert_eq!(name("…"), "err");
    }
}
