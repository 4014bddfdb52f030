//! The list of rules. Each is one file here, beside the page that documents it.

mod append_after_make_len;
mod append_formatted;
mod append_without_cap;
mod bench_hygiene;
mod binary_reflect;
mod bufio_per_call;
mod builder_without_grow;
mod closure_in_loop;
mod collected_keys;
mod concat_in_loop;
mod converted_argument;
mod converted_write;
mod double_map_access;
mod eager_log_argument;
mod element_copy_loop;
mod empty_make_append;
mod error_as_control_flow;
mod filtered_append_without_cap;
mod fmt_for_concat;
mod fmt_for_strconv;
mod folded_compare;
pub(crate) mod format_segments;
pub(crate) mod format_verbs;
mod formatted_map_key;
mod formatted_write;
mod growing_context;
mod heap_moved_array;
mod hoisted_bytes_key;
mod hot_error;
mod invariant_construct;
mod large_parameter;
mod local_pool;
mod lock_across_io;
mod map_delete_loop;
mod map_without_hint;
mod method_value_in_loop;
mod missing_put;
mod oversized_put;
mod pool_of_values;
mod pool_without_reset;
mod pooled_alias_escape;
mod pools;
mod range_array_copy;
mod range_value_copy;
mod read_all_then_decode;
mod reflect_equal;
mod regexp_compile_in_loop;
mod repeated_literal_bytes;
mod rune_slice;
mod slice_of_pointers;
mod sort_slice_reflect;
mod split_for_part;
mod time_after_loop;
mod unbuffered_writes;
mod use_after_put;
mod zeroing_loop;

pub mod allocating_call;
pub mod almost_inlinable;
pub mod benchmark_failed;
pub mod broken_contract;
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
pub mod leaks;
pub mod moved_to_heap;
pub mod package_not_checked;
pub mod stale_profile;
pub mod struct_size_class;
pub mod unused_suppression;

use crate::rule::{CallRule, Look};
use crate::{Limit, Rule};

/// Every rule, by id.
pub const RULES: &[&Rule] = &[
    &leaks::unanswered_operation::RULE,
    &leaks::abandoned_sender::RULE,
    &leaks::more_sends_than_receives::RULE,
    &leaks::silent_goroutine::RULE,
    &leaks::self_blocking::RULE,
    &leaks::uncancelled_context::RULE,
    &leaks::unreleased_lock::RULE,
    &leaks::wait_under_lock::RULE,
    &leaks::unbalanced_wait_group::RULE,
    &leaks::endless_goroutine::RULE,
    &leaks::unbounded_goroutines::RULE,
    &leaks::unstopped_worker::RULE,
    &leaks::unreleased_resource::RULE,
    &leaks::timer_per_turn::RULE,
    &leaks::dropped_context::RULE,
    &unused_suppression::RULE,
    &stale_profile::RULE,
    &package_not_checked::RULE,
    &benchmark_failed::RULE,
    &append_without_cap::RULE,
    &filtered_append_without_cap::RULE,
    &map_without_hint::RULE,
    &empty_make_append::RULE,
    &append_after_make_len::RULE,
    &element_copy_loop::RULE,
    &zeroing_loop::RULE,
    &map_delete_loop::RULE,
    &double_map_access::RULE,
    &formatted_map_key::RULE,
    &collected_keys::RULE,
    &growing_append::RULE,
    &growing_map::RULE,
    &concat_in_loop::RULE,
    &builder_without_grow::RULE,
    &hoisted_bytes_key::RULE,
    &converted_argument::RULE,
    &converted_write::RULE,
    &rune_slice::RULE,
    &folded_compare::RULE,
    &split_for_part::RULE,
    &append_formatted::RULE,
    &repeated_literal_bytes::RULE,
    &hot_concat::RULE,
    &hot_conversion::RULE,
    &fmt_for_strconv::RULE,
    &fmt_for_concat::RULE,
    &formatted_write::RULE,
    &hot_error::RULE,
    &error_as_control_flow::RULE,
    &eager_log_argument::RULE,
    &hot_fmt::RULE,
    &pooled_alias_escape::RULE,
    &use_after_put::RULE,
    &pool_without_reset::RULE,
    &pool_of_values::RULE,
    &oversized_put::RULE,
    &missing_put::RULE,
    &local_pool::RULE,
    &struct_size_class::RULE,
    &large_parameter::RULE,
    &range_value_copy::RULE,
    &range_array_copy::RULE,
    &slice_of_pointers::RULE,
    &heap_moved_array::RULE,
    &hot_boxing::RULE,
    &closure_in_loop::RULE,
    &method_value_in_loop::RULE,
    &defer_in_loop::RULE,
    &almost_inlinable::RULE,
    &dynamic_make::RULE,
    &heap_allocation::RULE,
    &moved_to_heap::RULE,
    &escaping_closure::RULE,
    &broken_contract::RULE,
    &regexp_compile_in_loop::RULE,
    &invariant_construct::RULE,
    &time_after_loop::RULE,
    &sort_slice_reflect::RULE,
    &reflect_equal::RULE,
    &binary_reflect::RULE,
    &growing_context::RULE,
    &bench_hygiene::RULE,
    &allocating_call::RULE,
    &unbuffered_writes::RULE,
    &read_all_then_decode::RULE,
    &bufio_per_call::RULE,
    &lock_across_io::RULE,
];

/// The numbers of rules that a project may set, by rule.
pub const LIMITS: &[&Limit] = &[
    &append_without_cap::FEW,
    &map_without_hint::FEW,
    &concat_in_loop::FEW,
    &builder_without_grow::FEW,
    &large_parameter::LARGE,
    &range_value_copy::LARGE,
    &range_array_copy::LARGE,
    &unbuffered_writes::LARGE,
];

/// The rule of that id or name, in any case.
pub fn find(word: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.id.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word))
        .copied()
}

/// The rule about calls of a function, spelled as profiles spell it.
pub(crate) fn of_call(function: &str) -> Option<(&'static Rule, &'static CallRule)> {
    RULES.iter().find_map(|rule| match rule.look {
        Look::Calls(of_calls) if (of_calls.matches)(function) => Some((*rule, of_calls)),
        _ => None,
    })
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
