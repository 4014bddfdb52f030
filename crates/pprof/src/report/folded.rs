//! `folded`, `speedscope` and `firefox`: stacks for other programs.

use std::io::{self, Write};

use super::Report;

impl Report<'_> {
    /// A line per stack, as flame graph programs read it.
    pub(super) fn write_folded(&self, out: &mut dyn Write) -> io::Result<()> {
        profile::write_folded(&self.profile, self.options.measure.index, out)
    }

    /// All values of all stacks, as speedscope reads them.
    pub(super) fn speedscope(&self) -> Vec<u8> {
        profile::encode_speedscope(&self.profile, &self.options.title).into_bytes()
    }

    /// All values of all stacks, as the Firefox Profiler reads them.
    pub(super) fn firefox(&self) -> Vec<u8> {
        profile::encode_firefox(&self.profile, &self.options.title).into_bytes()
    }
}
