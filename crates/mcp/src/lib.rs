//! goperf's commands as tools of the Model Context Protocol, for assistants.
//!
//! A tool is data ([`tools`]): a name, what it is for, its parameters, and the command line they make. The caller
//! runs that command line and gives back what it printed, so an assistant reads the words that a person reads. Long
//! answers come in pages. Tools that write files exist only if the server was started for that.

mod answer;
mod params;
mod server;
mod tools;

pub use answer::Answer;
pub use server::{Options, ServeError, serve, serve_on};
pub use tools::tools;

/// A tool for assistants.
#[derive(Debug)]
pub struct Tool {
    pub name: &'static str,
    /// For lists of tools that people read.
    pub title: &'static str,
    /// What it answers, and when to ask it.
    pub description: &'static str,
    pub params: &'static [Param],
    /// Whether it changes the user's files.
    pub writes: bool,
    /// The beginning of the command line.
    pub command: &'static [&'static str],
}

/// A parameter of a tool.
#[derive(Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub description: &'static str,
    pub required: bool,
    /// Where it stands in the command line.
    pub place: Place,
}

/// What values a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    /// A list of texts.
    Texts,
    Number,
    /// `true` gives the flag.
    Flag,
    /// One of these texts.
    Choice(&'static [&'static str]),
}

/// Where a parameter stands in the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// `--name=value`, once for each value.
    Flag(&'static str),
    /// Before the other parameters: `-value` itself chooses what is printed, as pprof has it.
    Dashed,
    /// After the flags; begins with no dash.
    Positional,
    /// A folder that file names of positional parameters are relative to.
    Folder,
}
