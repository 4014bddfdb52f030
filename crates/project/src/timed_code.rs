//! The test files that profiles name, read for what their benchmarks time.

use std::collections::BTreeSet;

use lint::TimedCode;
use profile::Profile;

use crate::evidence::NamedProfile;
use crate::workspace::{Loaded, Workspace};

/// Files that cannot be read are left out: what they time is not known then.
pub(crate) fn read(workspace: &Workspace, loaded: &Loaded, profiles: &[NamedProfile]) -> TimedCode {
    let named: BTreeSet<String> = profiles
        .iter()
        .flat_map(|(_, profile)| test_files(profile))
        .collect();
    let mut timed = TimedCode::default();
    for root in &loaded.roots {
        let package = &loaded.listing.packages[root.id];
        let files = package.test_go_files.iter().chain(&package.xtest_go_files);
        for path in files.filter(|name| named.contains(*name)) {
            let path = root.dir.join(path);
            if let Ok(text) = workspace.system.read(&path) {
                timed.add(&root.import_path, &path, &go_syntax::parse(&text).0);
            }
        }
    }
    timed
}

/// Base names.
fn test_files(profile: &Profile) -> impl Iterator<Item = String> + '_ {
    profile.functions.ids().filter_map(|function| {
        let file = profile.function_file(function);
        let base = file.rsplit(['/', '\\']).next()?;
        base.ends_with("_test.go").then(|| base.to_owned())
    })
}
