//! `proto` and `topproto`: profiles as a result.

use std::io::{self, Write};

use profile::{LabelSetId, Line, Profile, StrId};
use rustc_hash::FxHashMap;

use super::Report;
use super::trimmed::EdgeUse;
use crate::number::to_integer;

impl Report<'_> {
    pub(super) fn write_proto(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.has_ratio() {
            let ratio = self.options.ratio;
            for id in self.profile.samples.ids() {
                for value in self.profile.samples.values_mut(id) {
                    *value = to_integer(*value as f64 * ratio);
                }
            }
        }
        profile::write_gzip(&self.profile, out)
    }

    /// A profile of one sample per shown node: its cum and flat in the output unit.
    pub(super) fn top_proto(&mut self) -> Vec<u8> {
        let trimmed = self.trimmed_graph(EdgeUse::None);
        let unit = self.options.output_unit.clone();
        let mut out = Profile::with_sample_types(&[("cum", &unit), ("flat", &unit)]);
        let source = &self.profile;
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
                let name = out.strings.intern(source.strings.get(info.name));
                let file = out.strings.intern(source.strings.get(info.file));
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
            let [cum, flat] = [node.values.cum_value(), node.values.flat_value()]
                .map(|value| to_integer(self.scaled(value)));
            out.samples
                .push(&[location], &[cum, flat], LabelSetId::EMPTY);
        }
        profile::encode_gzip(&out)
    }
}
