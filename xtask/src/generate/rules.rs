//! All rules: a table, then every rule's page.

use std::fmt::Write as _;

use super::Goperf;

pub(super) fn page(goperf: &Goperf<'_>) -> anyhow::Result<String> {
    let list = goperf.says(&["explain"])?;
    let rules: Vec<(&str, &str, &str)> = list.lines().filter_map(rule).collect();
    anyhow::ensure!(!rules.is_empty(), "`goperf explain` lists no rules");
    let mut text =
        "# Rules\n\nMade by `cargo xtask gen`; `goperf explain RULE` shows a rule's part.\n\n\
                    | rule | name | finds |\n| --- | --- | --- |\n"
            .to_owned();
    for (id, name, summary) in &rules {
        writeln!(
            text,
            "| [{id}](#{}-{name}) | `{name}` | {summary} |",
            id.to_lowercase()
        )?;
    }
    for (id, ..) in &rules {
        let page = goperf.says(&["explain", id])?;
        write!(text, "\n{}", one_level_down(&page))?;
    }
    Ok(text)
}

/// `GP607  dynamic-make  a make whose …`.
fn rule(line: &str) -> Option<(&str, &str, &str)> {
    let (id, rest) = line.split_once(' ')?;
    let (name, summary) = rest.trim_start().split_once(' ')?;
    (id.starts_with("GP") || id.starts_with("GL")).then(|| (id, name, summary.trim()))
}

/// Headings become headings of the next level, but not the comments of a code block.
fn one_level_down(page: &str) -> String {
    let mut in_code = false;
    let mut text = String::with_capacity(page.len() + 16);
    for line in page.lines() {
        in_code ^= line.starts_with("```");
        if line.starts_with('#') && !in_code {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn headings_go_down_and_code_stays() {
        let page = "# GP1 a\n\n## Why\n```sh\n# comment\n```\n";
        let down = "## GP1 a\n\n### Why\n```sh\n# comment\n```\n";
        assert_eq!(super::one_level_down(page), down);
    }

    #[test]
    fn rules_are_read_from_the_list() {
        let line = "GP607  dynamic-make          a make of variable size";
        let rule = ("GP607", "dynamic-make", "a make of variable size");
        assert_eq!(super::rule(line), Some(rule));
        assert_eq!(super::rule("see also"), None);
    }
}
