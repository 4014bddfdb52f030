//! `topproto`: the entries of `top` as a profile.

use profile::{LabelSetId, Line, Profile, StrId};
use rustc_hash::FxHashMap;

use super::trimmed::{EdgeUse, Shape};
use crate::number::to_integer;
use crate::view::View;

/// A profile of one sample per shown entry: its cum and flat in the output unit.
pub(super) fn top_profile(view: &View) -> Profile {
    let trimmed = view.trimmed_graph(Shape::Table, EdgeUse::None);
    let scale = &trimmed.scale;
    let unit = scale.output_unit.as_str();
    let mut out = Profile::with_sample_types(&[("cum", unit), ("flat", unit)]);
    let source = &view.profile;
    let strings = &trimmed.table.strings;
    out.time_nanos = source.time_nanos;
    out.duration_nanos = source.duration_nanos;
    out.period = source.period;
    let text = |id: StrId| source.strings.text(id).into_owned();
    let (kind, unit) = (text(source.period_type.kind), text(source.period_type.unit));
    out.period_type = out.value_type(&kind, &unit);
    let mut functions = FxHashMap::default();
    for node in &trimmed.graph.nodes {
        let info = node.info;
        let key = (info.name, info.file, info.start_line);
        let function = *functions.entry(key).or_insert_with(|| {
            let name = out.strings.intern(strings.get(info.name));
            let file = out.strings.intern(strings.get(info.file));
            let function = out.add_function(name, file, info.start_line);
            out.functions[function].system_name = StrId::EMPTY;
            function
        });
        let line = Line {
            function,
            line: info.line,
            column: info.column,
        };
        let location = out.add_location(info.address, None, &[line]);
        let values = [node.values.cum_value(), node.values.flat_value()];
        let values = values.map(|value| to_integer(scale.number(value)));
        out.samples.push(&[location], &values, LabelSetId::EMPTY);
    }
    out
}
