//! The order in which Go's tools list symbols of equal addresses.
//!
//! They sort with `slices.SortFunc`, which is not stable, and then take the last of several symbols
//! at one address. So which of two names shows in a disassembly (`runtime.rodata` or
//! `go:string.*`) depends on the steps of that sort: to show the same one we take the same steps.
//! The algorithm is pattern-defeating quicksort (Orson Peters, arXiv:2106.05123) with the constants
//! of Go's `slices` package, unchanged since go1.21.

/// Sorts by `key`; elements of equal keys end up where Go would put them.
pub(super) fn sort<T: Copy>(data: &mut [T], key: fn(&T) -> u64) {
    let limit = usize::BITS - data.len().leading_zeros();
    let end = data.len();
    Sorter { data, key }.quicksort(0, end, limit);
}

struct Sorter<'a, T> {
    data: &'a mut [T],
    key: fn(&T) -> u64,
}

/// What the samples for the pivot say about the whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trend {
    Increasing,
    Decreasing,
    Unknown,
}

impl<T: Copy> Sorter<'_, T> {
    fn less(&self, a: usize, b: usize) -> bool {
        (self.key)(&self.data[a]) < (self.key)(&self.data[b])
    }

    fn quicksort(&mut self, mut start: usize, mut end: usize, mut limit: u32) {
        const SMALL: usize = 12;
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let len = end - start;
            if len <= SMALL {
                return self.insertion(start, end);
            }
            if limit == 0 {
                // Go turns to heapsort. Which of equals comes first does not matter any more.
                let key = self.key;
                return self.data[start..end].sort_unstable_by_key(key);
            }
            if !balanced {
                self.break_patterns(start, end);
                limit -= 1;
            }
            let (mut pivot, mut trend) = self.choose_pivot(start, end);
            if trend == Trend::Decreasing {
                self.data[start..end].reverse();
                pivot = end - 1 - (pivot - start);
                trend = Trend::Increasing;
            }
            let likely_sorted = balanced && partitioned && trend == Trend::Increasing;
            if likely_sorted && self.partial_insertion(start, end) {
                return;
            }
            // All before `start` are at most the pivot: if one equals it, so do many here.
            if start > 0 && !self.less(start - 1, pivot) {
                start = self.partition_equal(start, end, pivot);
                continue;
            }
            let (middle, already) = self.partition(start, end, pivot);
            partitioned = already;
            let (left, right) = (middle - start, end - middle);
            balanced = left.min(right) >= len / 8;
            if left < right {
                self.quicksort(start, middle, limit);
                start = middle + 1;
            } else {
                self.quicksort(middle + 1, end, limit);
                end = middle;
            }
        }
    }

    fn insertion(&mut self, start: usize, end: usize) {
        for next in start + 1..end {
            let mut at = next;
            while at > start && self.less(at, at - 1) {
                self.data.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    /// Puts a few elements in place; true if that was all there was to do.
    fn partial_insertion(&mut self, start: usize, end: usize) -> bool {
        const STEPS: usize = 5;
        const WORTH_SHIFTING: usize = 50;
        let mut at = start + 1;
        for _ in 0..STEPS {
            while at < end && !self.less(at, at - 1) {
                at += 1;
            }
            if at == end {
                return true;
            }
            if end - start < WORTH_SHIFTING {
                return false;
            }
            self.data.swap(at, at - 1);
            if at - start >= 2 {
                let mut back = at - 1;
                while back >= 1 && self.less(back, back - 1) {
                    self.data.swap(back, back - 1);
                    back -= 1;
                }
            }
            if end - at >= 2 {
                let mut on = at + 1;
                while on < end && self.less(on, on - 1) {
                    self.data.swap(on, on - 1);
                    on += 1;
                }
            }
        }
        false
    }

    /// Smaller ones before the pivot, others behind; the pivot's place, and whether it was so.
    fn partition(&mut self, start: usize, end: usize, pivot: usize) -> (usize, bool) {
        self.data.swap(start, pivot);
        let (mut low, mut high) = (start + 1, end - 1);
        let mut already = true;
        loop {
            while low <= high && self.less(low, start) {
                low += 1;
            }
            while low <= high && !self.less(high, start) {
                high -= 1;
            }
            if low > high {
                break;
            }
            already = false;
            self.data.swap(low, high);
            low += 1;
            high -= 1;
        }
        self.data.swap(high, start);
        (high, already)
    }

    /// Those equal to the pivot first; where the rest starts.
    fn partition_equal(&mut self, start: usize, end: usize, pivot: usize) -> usize {
        self.data.swap(start, pivot);
        let (mut low, mut high) = (start + 1, end - 1);
        loop {
            while low <= high && !self.less(start, low) {
                low += 1;
            }
            while low <= high && self.less(start, high) {
                high -= 1;
            }
            if low > high {
                return low;
            }
            self.data.swap(low, high);
            low += 1;
            high -= 1;
        }
    }

    /// Moves three elements from the middle somewhere else.
    fn break_patterns(&mut self, start: usize, end: usize) {
        let len = end - start;
        if len < 8 {
            return;
        }
        let mut random = len as u64;
        let mask = (1_usize << (usize::BITS - len.leading_zeros())) - 1;
        let middle = start + len / 4 * 2 - 1;
        for step in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = random as usize & mask;
            if other >= len {
                other -= len;
            }
            self.data.swap(middle - 1 + step, start + other);
        }
    }

    /// The median of three, or of three medians.
    fn choose_pivot(&self, start: usize, end: usize) -> (usize, Trend) {
        const ALL_SWAPPED: u32 = 12;
        let len = end - start;
        let mut swaps = 0;
        let [mut i, mut j, mut k] = [1, 2, 3].map(|quarter| start + len / 4 * quarter);
        if len >= 8 {
            if len >= 50 {
                i = self.median([i - 1, i, i + 1], &mut swaps);
                j = self.median([j - 1, j, j + 1], &mut swaps);
                k = self.median([k - 1, k, k + 1], &mut swaps);
            }
            j = self.median([i, j, k], &mut swaps);
        }
        let trend = match swaps {
            0 => Trend::Increasing,
            ALL_SWAPPED => Trend::Decreasing,
            _ => Trend::Unknown,
        };
        (j, trend)
    }

    fn median(&self, [mut a, mut b, mut c]: [usize; 3], swaps: &mut u32) -> usize {
        let mut order = |a: &mut usize, b: &mut usize| {
            if self.less(*b, *a) {
                *swaps += 1;
                std::mem::swap(a, b);
            }
        };
        order(&mut a, &mut b);
        order(&mut b, &mut c);
        order(&mut a, &mut b);
        b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and number of a list like a symbol table: runs in order, many equal keys.
    fn sample(len: usize) -> Vec<(u64, usize)> {
        let key = |n: usize| match n % 7 {
            0 => (n / 3) as u64,
            1 | 2 => (len - n) as u64,
            _ => (n * 7919 % (len / 4 + 1)) as u64,
        };
        (0..len).map(|n| (key(n), n)).collect()
    }

    #[test]
    fn sorts_lists_of_every_shape() {
        for len in [0, 1, 12, 13, 49, 50, 200, 5000] {
            let mut shapes = vec![sample(len)];
            shapes.push((0..len).map(|n| (n as u64, n)).collect());
            shapes.push((0..len).map(|n| ((len - n) as u64, n)).collect());
            shapes.push((0..len).map(|n| (3, n)).collect());
            for mut list in shapes {
                let mut want = list.clone();
                want.sort_unstable();
                sort(&mut list, |(key, _)| *key);
                assert!(list.is_sorted_by_key(|(key, _)| *key));
                list.sort_unstable();
                assert_eq!(list, want, "an element was lost");
            }
        }
    }
}
