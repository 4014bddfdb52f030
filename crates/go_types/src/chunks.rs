//! Chunks that copies share, and to which several copies may add side by side.

use std::ops::{Index, IndexMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Chunks by number. Copies share each until one of them changes it.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<C> {
    all: Vec<Arc<C>>,
    siblings: Option<Siblings<C>>,
}

/// What copies share that are to be put together.
#[derive(Clone, Debug)]
struct Siblings<C> {
    /// The number of the next chunk.
    next: Arc<AtomicUsize>,
    /// Stands for the chunks of others.
    gap: Arc<C>,
}

impl<C> Chunks<C> {
    /// One more than the last number.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &C> {
        self.all.iter().map(|chunk| &**chunk)
    }

    /// Adds a chunk, behind those that siblings have added.
    pub(crate) fn push(&mut self, chunk: Arc<C>) {
        if let Some(siblings) = &self.siblings {
            let number = siblings.next.fetch_add(1, Ordering::Relaxed);
            self.all.resize(number, Arc::clone(&siblings.gap));
        }
        self.all.push(chunk);
    }

    /// From here on, chunks that copies add have other numbers than those of these chunks and of each other.
    pub(crate) fn split(&mut self, gap: Arc<C>) {
        self.siblings = Some(Siblings {
            next: Arc::new(AtomicUsize::new(self.all.len())),
            gap,
        });
    }

    /// Makes sure that so many chunks are there, each a sibling's unless it is known.
    pub(crate) fn leave_room(&mut self, len: usize) {
        if let Some(siblings) = &self.siblings
            && self.all.len() < len
        {
            self.all.resize(len, Arc::clone(&siblings.gap));
        }
    }

    /// Takes over the chunks that a copy of `base` has added or changed since [`Chunks::split`]. Where these
    /// have changed the same one, `merge` is called with ours, theirs and the old one.
    pub(crate) fn absorb(&mut self, copy: Self, base: &Self, merge: impl Fn(&mut C, &C, &C))
    where
        C: Clone,
    {
        let Some(siblings) = &base.siblings else {
            return;
        };
        self.leave_room(copy.len());
        for (number, theirs) in copy.all.into_iter().enumerate() {
            let old = base.all.get(number).unwrap_or(&siblings.gap);
            let ours = &mut self.all[number];
            if Arc::ptr_eq(&theirs, old) {
                continue;
            }
            if Arc::ptr_eq(ours, old) {
                *ours = theirs;
            } else {
                merge(Arc::make_mut(ours), &theirs, old);
            }
        }
    }

    /// There are no siblings any more.
    pub(crate) fn join(&mut self) {
        self.siblings = None;
    }
}

impl<C> Default for Chunks<C> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            siblings: None,
        }
    }
}

impl<C> Index<usize> for Chunks<C> {
    type Output = C;
    #[inline]
    fn index(&self, number: usize) -> &C {
        &self.all[number]
    }
}

impl<C: Clone> IndexMut<usize> for Chunks<C> {
    #[inline]
    fn index_mut(&mut self, number: usize) -> &mut C {
        Arc::make_mut(&mut self.all[number])
    }
}
