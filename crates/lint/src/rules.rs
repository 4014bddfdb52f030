//! The list of rules. Each is one file here, beside the page that documents it.

pub mod allocating_call;
pub mod almost_inlinable;
pub mod benchmark_failed;
pub mod defer_in_loop;
pub mod dynamic_make;
pub mod escaping_closure;
pub mod growing_append;
pub mod growing_map;
pub mod heap_allocation;
pub mod hot_boxing;
pub mod hot_concat;
pub mod hot_conversion;
pub mod hot_fmt;
pub mod moved_to_heap;
pub mod package_not_checked;
pub mod stale_profile;
pub mod struct_size_class;

use crate::Rule;

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &stale_profile::RULE,
    &package_not_checked::RULE,
    &benchmark_failed::RULE,
    &growing_append::RULE,
    &growing_map::RULE,
    &hot_concat::RULE,
    &hot_conversion::RULE,
    &hot_fmt::RULE,
    &struct_size_class::RULE,
    &hot_boxing::RULE,
    &defer_in_loop::RULE,
    &almost_inlinable::RULE,
    &dynamic_make::RULE,
    &heap_allocation::RULE,
    &moved_to_heap::RULE,
    &escaping_closure::RULE,
    &allocating_call::RULE,
];

/// The rule of that id or name, in any case.
pub fn find(word: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.id.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_pages_carry_their_rule() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for rule in RULES {
            let title = format!("# {} {}\n", rule.id, rule.name);
            assert!(rule.doc.starts_with(&title), "{}", rule.id);
            for heading in ["## What it does", "## Use instead"] {
                assert!(rule.doc.contains(heading), "{}: {heading}", rule.id);
            }
        }
    }

    #[test]
    fn rules_are_found_by_id_and_name() {
        assert_eq!(find("gp601"), Some(&hot_boxing::RULE));
        assert_eq!(find("dynamic-make"), Some(&dynamic_make::RULE));
        assert_eq!(find("GP999"), None);
    }
}
