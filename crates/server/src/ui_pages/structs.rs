//! Sizes and padding of structs as JSON: found once, when a source page asks first, as types have to be checked for it.

use std::path::Path;
use std::sync::OnceLock;

use layout::Ground;
use project::structs::{StructReport, StructReportEntry, StructRequest, structs};
use serde_json::{Value, json};

use super::UiSite;

#[derive(Default)]
pub(super) struct Structs {
    found: OnceLock<Result<StructReport, String>>,
}

/// The structs that a file declares. `Err` in words where the packages cannot be read.
pub(super) fn of_file(site: &UiSite<'_>, path: &Path) -> Result<Value, String> {
    let (Some(workspace), Some(request)) = (site.work.workspace, &site.work.leaks.request) else {
        return Ok(json!([]));
    };
    let found = site.structs.found.get_or_init(|| {
        let request = StructRequest {
            patterns: request.packages.patterns.clone(),
            tags: request.packages.tags.clone(),
            ..StructRequest::default()
        };
        structs(workspace, &request).map_err(|error| error.to_string())
    });
    let report = found.as_ref().map_err(Clone::clone)?;
    let declared = report.structs.iter().filter(|entry| {
        let place = entry.layout.place.as_ref();
        place.is_some_and(|place| place.path == path)
    });
    Ok(declared.map(entry).collect())
}

fn entry(entry: &StructReportEntry) -> Value {
    let layout = &entry.layout;
    let fields: Vec<Value> = (layout.fields.iter().enumerate())
        .map(|(index, field)| {
            json!({
                "name": field.name,
                "offset": field.offset,
                "size": field.size,
                "hasPointer": field.ptrdata > 0,
                "padding": layout.padding_after(index),
            })
        })
        .collect();
    let better = entry.advice.as_ref().map(|advice| {
        let order: Vec<&str> = (advice.better.order.iter())
            .map(|index| layout.fields[*index].name.as_str())
            .collect();
        let kept: Vec<String> = (entry.obstacles.iter())
            .map(|it| it.reason.to_string())
            .collect();
        json!({
            "size": advice.better.size,
            "class": advice.better_class,
            "order": order,
            "why": why(advice.ground),
            "kept": kept,
        })
    });
    json!({
        "name": entry.short_name,
        "line": layout.place.as_ref().map(|it| it.at.line),
        "size": layout.size,
        "class": entry.class,
        "padding": layout.padding(),
        "fields": fields,
        "better": better,
    })
}

/// What the better order is better for.
fn why(ground: Ground) -> &'static str {
    match ground {
        Ground::Class => "smaller size class",
        Ground::Rows => "closer in slices and maps",
        Ground::Pointers => "less for the collector to look through",
        Ground::Padding => "less padding",
    }
}
