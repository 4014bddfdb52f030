//! `proto`, `folded`, `speedscope` and `firefox`: the profile for other programs.

use std::io::{self, Write};

use crate::number::to_integer;
use crate::view::View;

/// The profile in pprof's own format, compressed.
pub(super) fn write_proto(view: &mut View, out: &mut dyn Write) -> io::Result<()> {
    if view.scale.has_ratio() {
        let ratio = view.scale.ratio;
        for id in view.profile.samples.ids() {
            for value in view.profile.samples.values_mut(id) {
                *value = to_integer(*value as f64 * ratio);
            }
        }
    }
    profile::write_gzip(&view.profile, out)
}

/// A line per stack, as flame graph programs read it.
pub(super) fn write_folded(view: &View, out: &mut dyn Write) -> io::Result<()> {
    profile::write_folded(&view.profile, view.measure.index, out)
}

/// All values of all stacks, as speedscope reads them.
pub(super) fn write_speedscope(view: &View, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(profile::encode_speedscope(&view.profile, &view.title()).as_bytes())
}

/// All values of all stacks, as the Firefox Profiler reads them.
pub(super) fn write_firefox(view: &View, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(profile::encode_firefox(&view.profile, &view.title()).as_bytes())
}
