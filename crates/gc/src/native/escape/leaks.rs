//! Where a parameter's value goes, as least numbers of dereferences.
//!
//! Source: cmd/compile/internal/escape/leaks.go, go1.27.3.

/// Results that are told apart; leaks to later ones count as leaks to the heap.
pub(super) const N_RESULTS: usize = 5;

const HEAP: usize = 0;
const MUTATOR: usize = 1;
const CALLEE: usize = 2;
const RESULT_0: usize = 3;

/// The leak set of a parameter: by destination the least number of dereferences plus one, 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Debug)]
pub(super) struct Leaks([u8; RESULT_0 + N_RESULTS]);

impl Leaks {
    /// The parameter goes nowhere.
    pub(super) const NONE: Self = Self([0; RESULT_0 + N_RESULTS]);

    /// The parameter's value goes to the heap: nothing better is known.
    pub(super) fn worst() -> Self {
        let mut leaks = Self::NONE;
        leaks.add_heap(0);
        leaks
    }

    /// What a function without body and with `//go:noescape` is trusted to do.
    pub(super) fn trusted() -> Self {
        let mut leaks = Self::NONE;
        leaks.add_mutator(0);
        leaks.add_callee(0);
        leaks
    }

    pub(super) fn heap(self) -> Option<i32> {
        self.get(HEAP)
    }

    /// As operand of an indirect assignment.
    pub(super) fn mutator(self) -> Option<i32> {
        self.get(MUTATOR)
    }

    /// As callee of a call.
    pub(super) fn callee(self) -> Option<i32> {
        self.get(CALLEE)
    }

    pub(super) fn result(self, index: usize) -> Option<i32> {
        self.get(RESULT_0 + index)
    }

    pub(super) fn add_heap(&mut self, derefs: i32) {
        self.add(HEAP, derefs);
    }

    pub(super) fn add_mutator(&mut self, derefs: i32) {
        self.add(MUTATOR, derefs);
    }

    pub(super) fn add_callee(&mut self, derefs: i32) {
        self.add(CALLEE, derefs);
    }

    pub(super) fn add_result(&mut self, index: usize, derefs: i32) {
        self.add(RESULT_0 + index, derefs);
    }

    /// Without what a path to the heap that is no longer says already.
    pub(super) fn optimized(mut self) -> Self {
        if let Some(heap) = self.heap() {
            for slot in MUTATOR..self.0.len() {
                if self.get(slot).is_some_and(|derefs| derefs >= heap) {
                    self.0[slot] = 0;
                }
            }
        }
        self
    }

    /// As importers see it: a leak of the value itself to the heap leaves no room for another.
    pub(super) fn encoded(self) -> Self {
        if self.heap() == Some(0) {
            Self::worst()
        } else {
            self
        }
    }

    fn get(self, slot: usize) -> Option<i32> {
        self.0[slot].checked_sub(1).map(i32::from)
    }

    fn add(&mut self, slot: usize, derefs: i32) {
        if self.get(slot).is_none_or(|known| derefs < known) {
            self.0[slot] = u8::try_from(derefs + 1).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_shorter_than_the_one_to_the_heap_are_kept() {
        let mut leaks = Leaks::NONE;
        leaks.add_heap(1);
        leaks.add_heap(2);
        leaks.add_mutator(0);
        leaks.add_callee(1);
        leaks.add_result(4, 300);
        let kept = leaks.optimized();
        assert_eq!(leaks.result(4), Some(254));
        assert_eq!((kept.heap(), kept.mutator()), (Some(1), Some(0)));
        assert_eq!((kept.callee(), kept.result(4)), (None, None));
        assert_eq!(kept.encoded(), kept);
        leaks.add_heap(0);
        assert_eq!(leaks.encoded(), Leaks::worst());
    }
}
