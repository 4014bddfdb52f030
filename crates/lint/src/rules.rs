//! The list of rules. What each looks for is in the modules `finding` and `inline`; its page, which documents it,
//! stands beside this file.

use crate::Rule;

pub const STALE_PROFILE: Rule = Rule {
    id: "GP002",
    name: "stale-profile",
    summary: "a profile that was taken from other sources",
    since: None,
    until: None,
    doc: include_str!("rules/stale_profile.md"),
};

pub const PACKAGE_NOT_CHECKED: Rule = Rule {
    id: "GP003",
    name: "package-not-checked",
    summary: "a package that does not compile",
    since: None,
    until: None,
    doc: include_str!("rules/package_not_checked.md"),
};

pub const BENCHMARK_FAILED: Rule = Rule {
    id: "GP004",
    name: "benchmark-failed",
    summary: "a package whose benchmarks fail",
    since: None,
    until: None,
    doc: include_str!("rules/benchmark_failed.md"),
};

pub const GROWING_APPEND: Rule = Rule {
    id: "GP120",
    name: "growing-append",
    summary: "an append that grew its slice",
    since: None,
    until: None,
    doc: include_str!("rules/growing_append.md"),
};

pub const GROWING_MAP: Rule = Rule {
    id: "GP121",
    name: "growing-map",
    summary: "a map that grew while it was filled",
    since: None,
    until: None,
    doc: include_str!("rules/growing_map.md"),
};

pub const HOT_CONCAT: Rule = Rule {
    id: "GP220",
    name: "hot-concat",
    summary: "a string concatenation that allocates",
    since: None,
    until: None,
    doc: include_str!("rules/hot_concat.md"),
};

pub const HOT_CONVERSION: Rule = Rule {
    id: "GP221",
    name: "hot-conversion",
    summary: "a conversion between string and slice that copies",
    since: None,
    until: None,
    doc: include_str!("rules/hot_conversion.md"),
};

pub const HOT_FMT: Rule = Rule {
    id: "GP320",
    name: "hot-fmt",
    summary: "a formatting call below which much is allocated or computed",
    since: None,
    until: None,
    doc: include_str!("rules/hot_fmt.md"),
};

pub const STRUCT_SIZE_CLASS: Rule = Rule {
    id: "GP501",
    name: "struct-size-class",
    summary: "a struct that takes less memory with its fields in another order",
    since: None,
    until: None,
    doc: include_str!("rules/struct_size_class.md"),
};

pub const HOT_BOXING: Rule = Rule {
    id: "GP601",
    name: "hot-boxing",
    summary: "a conversion to interface that allocates",
    since: None,
    until: None,
    doc: include_str!("rules/hot_boxing.md"),
};

pub const ALMOST_INLINABLE: Rule = Rule {
    id: "GP606",
    name: "almost-inlinable",
    summary: "a hot function a little above the inlining budget",
    since: None,
    until: None,
    doc: include_str!("rules/almost_inlinable.md"),
};

pub const DYNAMIC_MAKE: Rule = Rule {
    id: "GP607",
    name: "dynamic-make",
    summary: "a make of variable size that allocates though it does not escape",
    since: None,
    until: None,
    doc: include_str!("rules/dynamic_make.md"),
};

pub const HEAP_ALLOCATION: Rule = Rule {
    id: "GP610",
    name: "heap-allocation",
    summary: "a literal, new or make that escapes",
    since: None,
    until: None,
    doc: include_str!("rules/heap_allocation.md"),
};

pub const MOVED_TO_HEAP: Rule = Rule {
    id: "GP611",
    name: "moved-to-heap",
    summary: "a variable moved to the heap",
    since: None,
    until: None,
    doc: include_str!("rules/moved_to_heap.md"),
};

pub const ESCAPING_CLOSURE: Rule = Rule {
    id: "GP612",
    name: "escaping-closure",
    summary: "a closure that escapes",
    since: None,
    until: None,
    doc: include_str!("rules/escaping_closure.md"),
};

pub const ALLOCATING_CALL: Rule = Rule {
    id: "GP720",
    name: "allocating-call",
    summary: "a call into another package below which much is allocated",
    since: None,
    until: None,
    doc: include_str!("rules/allocating_call.md"),
};

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &STALE_PROFILE,
    &PACKAGE_NOT_CHECKED,
    &BENCHMARK_FAILED,
    &GROWING_APPEND,
    &GROWING_MAP,
    &HOT_CONCAT,
    &HOT_CONVERSION,
    &HOT_FMT,
    &STRUCT_SIZE_CLASS,
    &HOT_BOXING,
    &ALMOST_INLINABLE,
    &DYNAMIC_MAKE,
    &HEAP_ALLOCATION,
    &MOVED_TO_HEAP,
    &ESCAPING_CLOSURE,
    &ALLOCATING_CALL,
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
        assert_eq!(find("gp601"), Some(&HOT_BOXING));
        assert_eq!(find("dynamic-make"), Some(&DYNAMIC_MAKE));
        assert_eq!(find("GP999"), None);
    }
}
