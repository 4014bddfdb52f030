//! Detail removed from locations.
//!
//! Source: google/pprof `profile/profile.go` (`Aggregate`).

use crate::model::Profile;
use crate::strings::StrId;

/// The parts of every location to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the parts are independent")]
pub struct Granularity {
    /// The functions inlined at an address, not the outermost one alone.
    pub inline_frames: bool,
    pub function: bool,
    pub filename: bool,
    pub line: bool,
    pub column: bool,
    pub address: bool,
}

impl Profile {
    /// Clears all other parts. Locations that have become equal stay apart until
    /// [`compact`](Self::compact).
    pub fn aggregate(&mut self, keep: &Granularity) {
        for id in self.mappings.ids() {
            let mapping = &mut self.mappings[id];
            mapping.has_inline_frames &= keep.inline_frames;
            mapping.has_functions &= keep.function;
            mapping.has_filenames &= keep.filename;
            mapping.has_line_numbers &= keep.line;
        }
        for id in self.functions.ids() {
            let function = &mut self.functions[id];
            if !keep.function {
                function.name = StrId::EMPTY;
                function.system_name = StrId::EMPTY;
            }
            if !keep.filename {
                function.filename = StrId::EMPTY;
            }
        }
        for id in self.locations.ids() {
            let location = &mut self.locations[id];
            let n_lines = location.lines.len();
            if !keep.inline_frames && n_lines > 1 {
                location.lines = location.lines.slice(n_lines - 1..n_lines);
            }
            if !keep.address {
                location.address = 0;
            }
            for line in &mut self.lines[location.lines.range()] {
                if !keep.line {
                    line.line = 0;
                }
                if !keep.line || !keep.column {
                    line.column = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, decode_folded, encode};

    #[test]
    fn cleared_detail_makes_locations_equal() {
        let mut profile = decode_folded(b"main;work 1").unwrap();
        let function = profile.functions.ids().next().unwrap();
        for address in [8, 9] {
            let line = Line {
                function,
                line: address,
                column: 1,
            };
            let location = profile.add_location(address as u64, None, &[line, line]);
            profile
                .samples
                .push(&[location], &[1], crate::LabelSetId::EMPTY);
        }
        let keep = Granularity {
            inline_frames: false,
            function: true,
            filename: true,
            line: false,
            column: false,
            address: false,
        };
        profile.aggregate(&keep);
        assert_eq!(profile.locations.len(), 4);
        let compact = profile.compact();
        assert_eq!((compact.locations.len(), compact.samples.len()), (2, 2));
        assert_eq!(encode(&compact.compact()), encode(&compact));
    }
}
