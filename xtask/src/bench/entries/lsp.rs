//! The editor server.

use base::System as _;
use base::system::Command;

use super::{Case, Limits, Setup};
use crate::toolchain::with_go;

/// Replays `session.txt` on net/http. The script prints what it measured, last the 95th percentile in milliseconds.
pub(super) fn keystroke(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let script = setup.repo.path("xtask/src/bench/lsp.py");
    let goroot = setup.go.parent().and_then(|bin| bin.parent());
    let file = goroot.unwrap_or(&setup.go).join("src/net/http/server.go");
    anyhow::ensure!(setup.repo.system.is_file(&file), "no {}", file.display());
    let command = Command::new("python3")
        .arg(script)
        .arg(&setup.goperf)
        .arg(file)
        .arg(setup.repo.path("xtask/src/bench/lsp_session.txt"))
        .env("GOPERF_CACHE", setup.scratch.join("cache"));
    Ok(Case {
        ours: with_go(setup.repo, &setup.go, command),
        peer: None,
        same_output: false,
        limits: Limits {
            printed: Some(50.0),
            ..Limits::default()
        },
    })
}
