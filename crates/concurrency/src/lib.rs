//! What goroutines do with channels, locks and contexts, and where they cannot end.
//!
//! Bodies become graphs of events (`lower` makes `ir` of syntax and types). Values that may be the same primitive form
//! classes (`nodes`), calls are bound to what they call (`link`), and functions are summarized by what they do to
//! primitives of their callers (`effects`). The questions of the rules (`find`) are asked of that, and answered with
//! [`Suspect`]s: plain data, which `lint` words.
//!
//! A suspect is an error only where the class is closed: it is made in the packages, and every use of it is one that is
//! followed. What is not followed (interfaces, code of other packages, exported names) opens the class, and then nothing
//! is said about it. Bounds on functions, paths and effects keep time and memory linear; what they cut off is silent.

mod contracts;
mod ids;
mod ir;
mod nodes;
mod objects;
mod types;

mod lower;
mod merge;
mod program;
mod wire;

mod effects;
mod link;
mod order;
mod paths;

mod analysis;
mod find;
mod suspect;

pub use analysis::TextOf;
pub use find::{Suspects, find};
pub use program::{Part, Program, SourceFile, SourcePackage};
pub use suspect::{Location, Mistake, Role, Step, Suspect, Tier};
