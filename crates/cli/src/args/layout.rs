//! What `layout` takes.

use std::path::PathBuf;

use clap::Args;

use super::format::TableFormat;
use super::service::ServiceArgs;

pub(super) const LAYOUT_EXAMPLES: &str = "\
Examples:
  goperf layout ./...                   structs that would take less in another order, most saved first
  goperf layout ./... --diff            what would change
  goperf layout ./... --fix             reorder the fields, with their comments and tags
  goperf layout ./store --all           every struct: offsets, sizes, padding
  goperf layout ./... --exported --tagged --arch 386
  goperf layout ./... --profile http://localhost:6060   ranked by live objects of each type
  goperf layout ./server                what the linker kept of a program, with real sizes and offsets

Fields stay where they are if something depends on their order: literals without field names, `unsafe`, \
cgo, assembly, conversions between struct types, encoding/binary, markers. `//goperf:keep` above a struct \
or in it says so by hand.

Exit status: 0 nothing to gain, 1 something to gain, 2 could not run, 3 the Go code does not type-check.";

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags")]
pub(crate) struct LayoutArgs {
    /// Package patterns as `go list` takes them, or one compiled program; without any, the package in the current
    /// folder
    #[arg(value_name = "PKG|BINARY")]
    pub(crate) patterns: Vec<String>,
    /// Work as if started in this folder
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Build tags, separated by commas
    #[arg(long, value_name = "TAGS")]
    pub(crate) tags: Option<String>,
    /// Structs of _test.go files as well
    #[arg(long)]
    pub(crate) tests: bool,
    /// Lay out for this architecture instead of the one the go command builds for
    #[arg(long, value_name = "GOARCH")]
    pub(crate) arch: Option<String>,
    /// Every struct, with its fields
    #[arg(long)]
    pub(crate) all: bool,
    /// Leave out what saves fewer bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1)]
    pub(crate) min_saving: i64,
    /// Also count bytes up to the last pointer, which the garbage collector looks through
    #[arg(long)]
    pub(crate) pointers: bool,
    /// Also reorder exported structs of exported fields: other packages may write literals without field names
    #[arg(long)]
    pub(crate) exported: bool,
    /// Also reorder structs with tags: encoders write fields in the order of the source
    #[arg(long)]
    pub(crate) tagged: bool,
    /// Leave structs alone whose fields are grouped by blank lines
    #[arg(long)]
    pub(crate) keep_groups: bool,
    /// Reorder the fields in the source
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show what `--fix` would change
    #[arg(long, conflicts_with = "fix")]
    pub(crate) diff: bool,
    /// Heap profile of the program, as file or URL (`http://host:6060`): rank by the live memory that is saved. Several
    /// are added up
    #[arg(long, value_name = "FILE|URL", conflicts_with_all = ["fix", "diff"])]
    pub(crate) profile: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    /// Structs whose name with the package's path matches, such as `^net/http\.`. Of a program it takes in all
    /// packages; without it those of the main module are shown
    #[arg(long = "match", value_name = "REGEXP")]
    pub(crate) matching: Option<String>,
    /// Check imported packages again even if what they declare is known
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// How packages are listed: `native` starts no process, except where only the go command can answer
    #[arg(long, value_name = "LOADER", default_value = "native", value_parser = ["go", "native"])]
    pub(crate) loader: String,
    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub(crate) format: TableFormat,
}
