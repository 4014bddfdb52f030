//! The report for programs.

use layout::{FieldLayout, Ground, Obstacle};
use project::structs::{StructReport, StructReportEntry as Entry};
use serde_json::{Value, json};

use super::Shown;
use crate::Output;

/// Every struct of the report, whether anything is to gain or not.
pub(super) fn print(
    report: &StructReport,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<()> {
    let structs: Vec<Value> = (report.structs.iter())
        .filter(|entry| shown.tests || !entry.in_test)
        .map(|entry| struct_json(entry, shown))
        .collect();
    let document = json!({"version": 1, "arch": report.goarch, "structs": structs});
    writeln!(output.out, "{}", serde_json::to_string_pretty(&document)?)?;
    Ok(())
}

fn struct_json(entry: &Entry, shown: &Shown) -> Value {
    let layout = &entry.layout;
    let fields: Vec<Value> = (layout.fields.iter().enumerate())
        .map(|(index, field)| field_json(field, layout.padding_after(index)))
        .collect();
    let better = entry.advice.as_ref().map(|advice| {
        let names = advice
            .better
            .order
            .iter()
            .map(|index| &layout.fields[*index].name);
        json!({
            "size": advice.better.size,
            "ptrdata": advice.better.ptrdata,
            "class": advice.better_class,
            "saved_bytes": advice.saved_bytes,
            "ground": ground_name(advice.ground),
            "order": names.collect::<Vec<_>>(),
        })
    });
    json!({
        "name": layout.name,
        "package": entry.package,
        "main": !entry.foreign,
        "path": layout.place.as_ref().map(|place| &place.path),
        "line": layout.place.as_ref().map(|place| place.at.line),
        "col": layout.place.as_ref().map(|place| place.at.col),
        "size": layout.size,
        "align": layout.align,
        "ptrdata": layout.ptrdata,
        "class": entry.class,
        "padding": layout.padding(),
        "in_rows": entry.in_rows,
        "fields": fields,
        "better": better,
        "live": entry.heap.as_ref().map(|heap| json!({
            "objects": heap.objects.round(),
            "elements": heap.elements.round(),
            "bytes": heap.bytes.round(),
            "shared_bytes": heap.shared_bytes.round(),
            "saved_bytes": entry.live_savings().round(),
            "alloc_objects": heap.alloc_objects.round(),
            "alloc_elements": heap.alloc_elements.round(),
            "alloc_bytes": heap.alloc_bytes.round(),
        })),
        "advised": shown.is_wanted(entry) && entry.obstacles.is_empty(),
        "kept_for": entry.obstacles.iter().map(obstacle_json).collect::<Vec<_>>(),
    })
}

fn field_json(field: &FieldLayout, padding: i64) -> Value {
    json!({
        "name": field.name,
        "type": field.typ,
        "embedded": field.embedded,
        "offset": field.offset,
        "size": field.size,
        "align": field.align,
        "ptrdata": field.ptrdata,
        "padding_after": padding,
    })
}

fn obstacle_json(obstacle: &Obstacle) -> Value {
    json!({
        "reason": obstacle.reason.to_string(),
        "path": obstacle.place.as_ref().map(|place| &place.path),
        "line": obstacle.place.as_ref().map(|place| place.at.line),
        "flag": obstacle.reason.flag(),
    })
}

fn ground_name(ground: Ground) -> &'static str {
    match ground {
        Ground::Class => "size class",
        Ground::Rows => "element size",
        Ground::Pointers => "pointer bytes",
        Ground::Padding => "padding",
    }
}
