//! The part of the check that looks at structs (GP501).

use std::sync::Arc;

use layout::TypeHeap;
use lint::rules::struct_size_class::{self, StructInput};
use lint::{Heat, Resource, Weights};

use crate::check::{CheckError, CheckReport, CheckRequest};
use crate::evidence::NamedProfile;
use crate::go_program::Program;
use crate::structs::{StructReport, StructRequest, structs_of};
use crate::workspace::Workspace;

const RULE: &lint::Rule = &struct_size_class::RULE;

/// Whether structs can be a finding: all are asked for, or memory was measured.
pub(crate) fn can_show(request: &CheckRequest, heat: Option<&Heat>) -> bool {
    let is_memory = |resource: &Resource| *resource != Resource::Cpu;
    let is_measured = heat.is_some_and(|heat| {
        let measured = Resource::ALL.iter().filter(|it| is_memory(it));
        measured.into_iter().any(|it| heat.total[*it] > 0)
    });
    (request.options.all || is_measured) && request.options.select.contains(RULE)
}

/// Adds findings about structs to the report.
pub(crate) fn check(
    workspace: &Workspace,
    program: &Program,
    request: &CheckRequest,
    profiles: &Arc<[NamedProfile]>,
    heat: Option<&Heat>,
    report: &mut CheckReport,
) -> Result<(), CheckError> {
    let of_packages = &request.packages;
    let request_structs = StructRequest {
        patterns: of_packages.patterns.clone(),
        without_tests: !of_packages.tests,
        heap_profiles: Arc::clone(profiles),
        ..StructRequest::default()
    };
    let found = structs_of(workspace, &request_structs, program)?;
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

/// Findings about structs where nothing was measured.
pub(crate) fn without_evidence(found: &StructReport) -> Vec<diag::Diagnostic> {
    let entries = found.structs.iter().filter(|it| !it.foreign);
    entries
        .filter_map(|entry| {
            struct_size_class::finding(&StructInput {
                layout: &entry.layout,
                short_name: &entry.short_name,
                advice: entry.advice.as_ref().filter(|_| entry.edit.is_some())?,
                package: &entry.package,
                edit: entry.edit.as_ref(),
                weights: &Weights::default(),
                total: &Weights::default(),
            })
        })
        .collect()
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
