//! Module mode: which modules there are, at which versions, and which of them has a package.
//!
//! The main modules are read once ([`Modules::open`]). A package is looked for in them and in the
//! modules they require directly ([`Modules::find`]); only if none of these has it, the graph of all
//! requirements is read and versions are selected. Nothing is ever fetched or written.

mod cache;
mod find;
mod graph;
mod import_path;
mod main_modules;
mod open;
mod replace;
mod selection;
mod vendor;

pub(super) use find::{Found, Missing, no_sum};
pub(super) use main_modules::{ModMode, Modules};
