//! `packages`: what Go packages stand for.

use std::cmp::Reverse;

use profile::{Granularity, Profile, StrId};

use super::{Header, Scale};
use crate::graph::{NodeInfo, NodeTable, Values, node_values};
use crate::settings::Sort;
use crate::view::View;

/// The packages of a profile's functions.
#[derive(Clone, PartialEq, Debug)]
pub struct Packages {
    pub header: Header,
    /// `name=value` of the filters that are set.
    pub filters: Vec<String>,
    pub scale: Scale,
    /// Largest first, by the value that the settings sort by.
    pub rows: Vec<PackageRow>,
}

/// A package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageRow {
    /// Import path; empty for functions that are not Go's, and for addresses without a function.
    pub path: String,
    /// Of samples whose innermost frame is in the package.
    pub flat: i64,
    /// Of samples with a frame in the package, each once.
    pub cum: i64,
}

impl Packages {
    pub fn new(view: &View) -> Self {
        let profile = by_package(&view.profile);
        let table = NodeTable::new(&profile, false, false, None);
        let values = node_values(&profile, &table, view.measure);
        let row = |(info, values): (&NodeInfo, &Values)| PackageRow {
            path: profile.strings.text(info.name).into_owned(),
            flat: values.flat_value(),
            cum: values.cum_value(),
        };
        let shown = table.infos.iter().zip(&values);
        let shown = shown.filter(|(_, values)| values.shows(view.settings.drop_negative));
        let mut rows: Vec<PackageRow> = shown.map(row).collect();
        rows.sort_by(|a, b| {
            let key = |row: &PackageRow| match view.settings.sort {
                Sort::Flat => Reverse((row.flat.unsigned_abs(), row.cum.unsigned_abs())),
                Sort::Cum => Reverse((row.cum.unsigned_abs(), row.flat.unsigned_abs())),
            };
            key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
        });
        let mut scale = view.scale.clone();
        let largest = rows.iter().map(|row| row.cum.saturating_abs()).max();
        scale.fit(largest.unwrap_or(0));
        Self {
            header: view.header(),
            filters: view.active_filters.clone(),
            scale,
            rows,
        }
    }
}

/// The profile with packages in place of functions. What has none shares the empty name.
fn by_package(profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    for id in profile.functions.ids() {
        let name = profile.function_name(id);
        let path = profile::unescape_path(profile::split_symbol(&name).0);
        let path = profile.strings.intern(path.as_bytes());
        let function = &mut profile.functions[id];
        function.name = path;
        function.filename = StrId::EMPTY;
        function.start_line = 0;
    }
    profile.aggregate(&Granularity {
        inline_frames: true,
        function: true,
        filename: false,
        line: false,
        column: false,
        address: false,
    });
    profile
}
