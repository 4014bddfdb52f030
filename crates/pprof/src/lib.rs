//! What `go tool pprof` does: profiles fetched, symbolized, filtered, summed up and shown.
//!
//! An [`Invocation`] says what the command line asks for; [`run()`] makes the report or runs the
//! shell. In between lie, in this order: `fetch` (sources to one profile), `symbolize`, `view`
//! (options and filters), `graph` (samples summed per program location), `report` (the part worth
//! showing, as plain data), `render` (reports as text, DOT, JSON and pages), `picture`.
//!
//! Constraints: all effects go through [`base::System`] and the two streams of a [`Session`];
//! output is the same byte for byte in every run, and that of pprof wherever pprof's is, too
//! (`docs/pprof-differences.md` lists the rest); no Go source is understood beyond symbol names
//! and lines.
//!
//! ```
//! use base::testing::MemorySystem;
//! use pprof::{GivenFlag, Invocation, PlainLines, Session};
//! use profile::{LabelSetId, Line, Profile};
//!
//! let mut profile = Profile::with_sample_types(&[("cpu", "nanoseconds")]);
//! let name = profile.strings.intern(b"main.main");
//! let function = profile.add_function(name, profile::StrId::EMPTY, 0);
//! let line = Line { function, line: 3, column: 0 };
//! let location = profile.add_location(0x1000, None, &[line]);
//! profile.samples.push(&[location], &[10_000_000], LabelSetId::EMPTY);
//! let system = MemorySystem::default().with_file("cpu.pb", profile::encode(&profile));
//!
//! let flag = |name: &str, value: &str| GivenFlag { name: name.into(), value: value.into() };
//! let flags = [flag("top", "true"), flag("symbolize", "none")];
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let invocation = Invocation::new(&flags, &["cpu.pb".into()], &|_| false, &mut err)?;
//! let mut session = Session::new(&system, &mut out, &mut err, false);
//! pprof::run(&invocation, &mut PlainLines(std::io::empty()), &mut session)?;
//! assert!(String::from_utf8(out).unwrap().contains("10ms   100%   100%       10ms   100%  main.main"));
//!
//! // The same report as data.
//! let view = pprof::View::new(&profile, "top", None, &pprof::Config::default(), &mut err)?;
//! let top = pprof::report::Top::new(&view);
//! assert_eq!((&*top.rows[0].node.name, top.rows[0].node.flat), ("main.main", 10_000_000));
//! # Ok::<(), pprof::Error>(())
//! ```

mod command;
mod command_line;
mod comparison;
mod config;
mod decode_ahead;
mod demangle;
mod driver;
mod error;
mod fetch;
mod filters;
mod go_regexp;
mod graph;
mod help;
mod locate;
mod number;
mod path;
mod picture;
mod render;
mod repl;
pub mod report;
mod run;
mod settings;
mod short_name;
mod source;
mod symbolize;
mod symbols;
mod tag_filter;
mod view;
mod web;

pub use command_line::{Flag, FlagKind, GivenFlag, Invocation, flags};
pub use comparison::{Comparison, Side};
pub use config::Config;
pub use error::Error;
pub use fetch::Loaded;
pub use go_regexp::GoRegexp;
pub use help::usage;
pub use number::percentage;
pub use repl::{Candidate, Completer, Completion, LineSource, PlainLines, Request, parse_line};
pub use run::{Outcome, Session, Sink, load, run};
pub use settings::{Granularity, Settings, Sort};
pub use symbols::ObjectFiles;
pub use view::View;
pub use web::{NamedConfig, Pages};
