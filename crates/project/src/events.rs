//! Progress of long work, for callers that display it.

/// A report from a run; the work itself prints nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event<'a> {
    /// A stage of `total` steps begins; 0: its length is not known.
    Begin { stage: &'static str, total: usize },
    /// A step of the stage is done.
    Step { what: &'a str },
    /// What is being worked on, without being done.
    Doing { what: &'a str },
}

/// Takes events, from any thread.
pub type Events<'a> = &'a (dyn Fn(Event) + Sync);
