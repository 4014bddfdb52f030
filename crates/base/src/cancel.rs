//! A flag that asks work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag shared by the caller that asks for a stop (Ctrl-C, an editor) and the work that checks it.
#[derive(Clone, Debug, Default)]
pub struct Cancellation {
    own: Arc<AtomicBool>,
    parent: Option<Arc<Cancellation>>,
}

/// The work was asked to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;

impl Cancellation {
    /// A flag for one part of the work: it stops with the whole, and can be stopped alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            own: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.own.store(true, Ordering::Relaxed);
    }

    /// Whether this part, or the whole that it belongs to, was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        let parent = self.parent.as_ref();
        self.own.load(Ordering::Relaxed) || parent.is_some_and(|parent| parent.is_cancelled())
    }

    /// `Err` if the work was asked to stop, for use with `?`.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stops_with_the_whole_and_alone() {
        let whole = Cancellation::default();
        let (first, second) = (whole.child(), whole.child());
        first.cancel();
        assert!(first.is_cancelled() && !second.is_cancelled() && !whole.is_cancelled());
        whole.cancel();
        assert!(second.is_cancelled());
    }
}
