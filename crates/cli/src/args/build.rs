//! Build flags of the go command.

use std::path::PathBuf;

use clap::Args;

/// Flags that are handed to the go command, under its names.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct BuildArgs {
    /// Build with the race detector
    #[arg(long, help_heading = "Build flags")]
    pub(crate) race: bool,
    /// Build with this CPU profile (profile-guided optimization)
    #[arg(long, value_name = "FILE", help_heading = "Build flags")]
    pub(crate) pgo: Option<PathBuf>,
    /// Where modules come from: readonly, vendor or mod
    #[arg(long = "mod", value_name = "MODE", help_heading = "Build flags")]
    pub(crate) mod_mode: Option<String>,
    /// A go.mod file to use instead of the module's own
    #[arg(long, value_name = "FILE", help_heading = "Build flags")]
    pub(crate) modfile: Option<PathBuf>,
    /// Files that replace others, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Build flags")]
    pub(crate) overlay: Option<PathBuf>,
}

impl BuildArgs {
    /// Those that need no further treatment: all but `-race` and `-pgo`.
    pub(crate) fn module_flags(&self) -> Vec<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.display().to_string());
        let flags = [
            ("mod", self.mod_mode.clone()),
            ("modfile", path(&self.modfile)),
            ("overlay", path(&self.overlay)),
        ];
        let given = |(name, value): (&str, Option<String>)| Some(format!("-{name}={}", value?));
        flags.into_iter().filter_map(given).collect()
    }

    /// All of them.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = self.module_flags();
        flags.extend(self.race.then(|| "-race".to_owned()));
        let pgo = self.pgo.as_ref();
        flags.extend(pgo.map(|profile| format!("-pgo={}", profile.display())));
        flags
    }
}
