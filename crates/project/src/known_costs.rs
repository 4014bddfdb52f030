//! Inlining costs of the packages that some packages import, for verdicts on code that is being edited.

use std::collections::BTreeSet;
use std::sync::Arc;

use base::Cancelled;
use gc::native::{Costs, NamedCosts, verdicts};
use go_ir::{Source, lower};
use go_tool::{PackageId, Products};
use go_types::{Store, with_stack};

use crate::go_program::Program;
use crate::session::read_sources;
use crate::workspace::{LoadError, PackageRequest, Workspace};

/// The inliner's verdicts on the functions of packages that do not change while one works.
#[derive(Clone, Debug, Default)]
pub struct KnownCosts(pub(crate) Arc<NamedCosts>);

/// Whether the compiler of the workspace is the one that the model of the inliner follows.
pub(crate) fn is_modelled(workspace: &Workspace) -> bool {
    workspace.go_minor() == 27 && workspace.go.env.goarch == "amd64"
}

/// Finds the verdicts on all functions below the packages of a request, whose own are left out. Checks their bodies,
/// which takes a second or two for a package such as net/http. Empty where the model does not follow the compiler.
pub fn known_costs(
    workspace: &Workspace,
    request: &PackageRequest,
) -> Result<KnownCosts, LoadError> {
    if !is_modelled(workspace) {
        return Ok(KnownCosts::default());
    }
    let sources = read_sources(workspace, request, Products::Generated)?;
    let roots: BTreeSet<PackageId> = sources.listing.roots.iter().copied().collect();
    let below: BTreeSet<PackageId> = (sources.listing.packages.ids())
        .filter(|id| !roots.contains(id))
        .collect();
    let program = Program::load(workspace, &sources, &below);
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let named = with_stack(|| {
        let mut store = program.view();
        let mut costs = Costs::default();
        for id in below {
            if workspace.cancel.check() == Err(Cancelled) {
                break;
            }
            add(&program, id, &mut store, &mut costs);
        }
        costs.named(&store)
    });
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    Ok(KnownCosts(Arc::new(named)))
}

/// Adds the verdicts on one package, whose imports were looked at.
fn add(program: &Program, id: PackageId, store: &mut Store, costs: &mut Costs) {
    let loaded = program.loaded();
    let checked = program.package(id);
    let files = &loaded.packages[id].files;
    if checked.info.files.len() != files.len() {
        return;
    }
    let source = Source {
        pkg: checked.pkg,
        files: files.iter().map(|file| &file.file).collect(),
        info: &checked.info,
    };
    let lowered = lower(store, &source);
    verdicts(store, &lowered, &loaded.goarch, costs);
}
