//! Files decoded in parallel.

use std::path::Path;

use base::System;
use profile::{Limits, Profile};
use rayon::prelude::*;

/// Profiles decoded before they are requested.
#[derive(Default)]
pub(crate) struct DecodedAhead(Vec<(String, Profile)>);

impl DecodedAhead {
    /// Those sources among several that are files and read well. Whatever else a source may be, and
    /// what is wrong with it, is reported when it is fetched.
    pub(crate) fn of(sources: &[&str], limits: Limits, system: &dyn System) -> Self {
        if sources.len() < 2 {
            return Self::default();
        }
        let decode = |&source: &&str| {
            let path = Path::new(source);
            if !system.is_file(path) {
                return None;
            }
            let bytes = system.read(path).ok()?;
            // Linux perf's files are not for the decoder alone.
            if profile::is_perf_data(&bytes) {
                return None;
            }
            let profile = profile::decode(&bytes, &limits).ok()?;
            Some((source.to_owned(), profile))
        };
        Self(sources.par_iter().filter_map(decode).collect())
    }

    /// The profile of a source, once.
    pub(crate) fn take(&mut self, source: &str) -> Option<Profile> {
        let position = self.0.iter().position(|(path, _)| path == source)?;
        Some(self.0.swap_remove(position).1)
    }
}
