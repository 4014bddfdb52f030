//! Pages about how Go spends time and memory, one screen each, beside the pages of rules.

/// A page of the handbook.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// One word: `escape`.
    pub name: &'static str,
    /// Markdown; ends with the commands that show it on the reader's code.
    pub text: &'static str,
}

impl Topic {
    /// The heading.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }
}

/// Every topic, in the order in which they are best read.
pub const TOPICS: &[Topic] = &[
    topic("stack", include_str!("topics/stack.md")),
    topic("escape", include_str!("topics/escape.md")),
    topic("inlining", include_str!("topics/inlining.md")),
    topic("values", include_str!("topics/values.md")),
    topic("layout", include_str!("topics/layout.md")),
    topic("prealloc", include_str!("topics/prealloc.md")),
    topic("builder", include_str!("topics/builder.md")),
    topic("fmt", include_str!("topics/fmt.md")),
    topic("pool", include_str!("topics/pool.md")),
    topic("gc", include_str!("topics/gc.md")),
    topic("leaks", include_str!("topics/leaks.md")),
    topic("benchmarks", include_str!("topics/benchmarks.md")),
];

const fn topic(name: &'static str, text: &'static str) -> Topic {
    Topic { name, text }
}

/// The topic of that name, in any case.
pub fn find_topic(word: &str) -> Option<&'static Topic> {
    TOPICS
        .iter()
        .find(|topic| topic.name.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    /// What a page names exists, and a page fits one screen.
    #[test]
    fn pages_are_short_and_name_rules_that_exist() {
        for topic in TOPICS {
            assert!(topic.text.starts_with("# "), "{}", topic.name);
            assert!(
                topic.text.contains("\n## On your code\n    goperf "),
                "{}",
                topic.name
            );
            assert!(topic.text.lines().count() <= 40, "{}", topic.name);
            let last = topic.text.lines().last().unwrap_or_default();
            let (topics, of_rules) = match last.strip_prefix("See also: ").unwrap().split_once("; ")
            {
                Some((topics, of_rules)) => (topics, of_rules),
                None if last.contains("GP") || last.contains("GL") => ("", last),
                None => (last.trim_start_matches("See also: "), ""),
            };
            let words = of_rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            for word in
                words.filter(|it| it.starts_with("GP") || it.starts_with("GL") || it.contains('-'))
            {
                assert!(rules::find(word).is_some(), "{}: {word}", topic.name);
            }
            let names = topics
                .trim_end_matches('.')
                .split(", ")
                .filter(|it| !it.is_empty());
            for name in names {
                assert!(find_topic(name).is_some(), "{}: {name}", topic.name);
            }
        }
    }
}
