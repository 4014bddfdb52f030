//! `profile.proto`, read and written by hand.
//!
//! Reading has two steps. [`scan`] walks the message once and fills the columns, with the file's
//! own ids and string indices in the place of ours, since the tables they refer to come last in
//! the file. [`resolve`] then checks and replaces them.
//!
//! Source: google/pprof `proto/profile.proto`.

pub(crate) mod encode;
mod resolve;
pub(crate) mod scan;
