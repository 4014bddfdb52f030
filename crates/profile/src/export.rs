//! What both JSON writers need: frames numbered, and stacks from the root.

mod firefox;
mod speedscope;

pub use firefox::encode_firefox;
pub use speedscope::encode_speedscope;

use base::{Idx, IndexVec};
use rustc_hash::FxHashMap;

use crate::model::{FunctionId, Line, LocationId, Profile};

base::typed_id! {
    /// One line of a function, or an address without a name.
    struct FrameId;
}

/// What a frame shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Frame {
    /// Column is left out: tools merge frames of one line.
    Line {
        function: FunctionId,
        line: i64,
    },
    Address(u64),
}

/// The frames of a profile, equal ones once.
struct Frames {
    frames: IndexVec<FrameId, Frame>,
    /// Of each location, outermost first.
    of_location: IndexVec<LocationId, Vec<FrameId>>,
}

impl Frames {
    fn of(profile: &Profile) -> Self {
        let mut frames = IndexVec::new();
        let mut ids: FxHashMap<Frame, FrameId> = FxHashMap::default();
        let mut intern = |frame| *ids.entry(frame).or_insert_with(|| frames.push(frame));
        let mut of_location = IndexVec::new();
        for (id, location) in profile.locations.iter_enumerated() {
            let line = |line: &Line| Frame::Line {
                function: line.function,
                line: line.line,
            };
            let lines = profile.lines(id).iter().rev();
            let mut stack: Vec<FrameId> = lines.map(|it| intern(line(it))).collect();
            if stack.is_empty() {
                stack.push(intern(Frame::Address(location.address)));
            }
            of_location.push(stack);
        }
        Self {
            frames,
            of_location,
        }
    }

    /// The frames of a stack, from the root.
    fn stack<'a>(&'a self, stack: &'a [LocationId]) -> impl Iterator<Item = FrameId> + 'a {
        let locations = stack.iter().rev();
        locations.flat_map(|&location| self.of_location[location].iter().copied())
    }
}

/// The name of a frame, its file (empty if unknown) and line (0 if unknown).
fn describe(profile: &Profile, frame: Frame) -> (String, String, i64) {
    match frame {
        Frame::Line { function, line } => (
            profile.function_name(function).into_owned(),
            profile.function_file(function).into_owned(),
            line,
        ),
        Frame::Address(address) => (format!("0x{address:x}"), String::new(), 0),
    }
}

fn sum_of(profile: &Profile, value: usize) -> i64 {
    let values = profile.samples.iter().map(|it| it.values[value].max(0));
    values.fold(0, i64::saturating_add)
}

fn index_of(id: FrameId) -> usize {
    id.index()
}
