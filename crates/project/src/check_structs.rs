//! The part of the check that looks at structs (GP501).
//!
//! Types are loaded only where that can show something: all findings are asked for, or memory was measured.

use std::sync::Arc;

use layout::TypeHeap;
use lint::rules::struct_size_class::{self, StructInput};
use lint::{Heat, Resource, Weights};

use crate::check::{CheckError, CheckReport, CheckRequest};
use crate::evidence::NamedProfile;
use crate::structs::{StructRequest, structs_listed};
use crate::workspace::{Loaded, Workspace};

const RULE: &lint::Rule = &struct_size_class::RULE;

/// Adds findings about structs to the report.
pub(crate) fn check(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &CheckRequest,
    profiles: &Arc<[NamedProfile]>,
    heat: Option<&Heat>,
    report: &mut CheckReport,
) -> Result<(), CheckError> {
    let is_memory = |resource: &Resource| *resource != Resource::Cpu;
    let is_measured = heat.is_some_and(|heat| {
        let measured = Resource::ALL.iter().filter(|it| is_memory(it));
        measured.into_iter().any(|it| heat.total[*it] > 0)
    });
    let can_show = request.options.all || is_measured;
    if !can_show || !request.options.select.contains(RULE) {
        return Ok(());
    }
    let of_packages = &request.packages;
    let request_structs = StructRequest {
        patterns: of_packages.patterns.clone(),
        without_tests: !of_packages.tests,
        heap_profiles: Arc::clone(profiles),
        ..StructRequest::default()
    };
    let found = structs_listed(workspace, &request_structs, &loaded.listing)?;
    for entry in &found.structs {
        if entry.edit.is_none() || entry.foreign {
            continue;
        }
        let weights = entry.heap.map_or_else(Weights::default, weights);
        if !request.options.all && weights.is_zero() {
            *report.unbacked.entry(RULE.id).or_default() += 1;
            continue;
        }
        let Some(advice) = &entry.advice else {
            continue;
        };
        let total = heat.map_or_else(Weights::default, |heat| heat.total);
        report
            .findings
            .extend(struct_size_class::finding(&StructInput {
                layout: &entry.layout,
                short_name: &entry.short_name,
                advice,
                package: &entry.package,
                edit: entry.edit.as_ref(),
                weights: &weights,
                total: &total,
            }));
    }
    Ok(())
}

/// What a profile says of a type.
fn weights(heap: TypeHeap) -> Weights {
    let mut weights = Weights::default();
    weights[Resource::InuseSpace] = heap.bytes as i64;
    weights[Resource::InuseObjects] = heap.values() as i64;
    weights[Resource::AllocSpace] = heap.alloc_bytes as i64;
    weights[Resource::AllocObjects] = (heap.alloc_objects + heap.alloc_elements) as i64;
    weights
}
