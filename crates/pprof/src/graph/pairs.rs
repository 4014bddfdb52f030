//! A map from pairs of ids, tuned for millions of lookups.

/// A map whose keys are pairs of ids and whose entries keep the order they came in.
///
/// Key and value lie side by side in one dense array, and the hash table holds nothing but
/// positions in it: a look-up touches two cache lines, where a map of ids beside an array of
/// values touches four. Summing the edges of a large profile consists of such look-ups.
#[derive(Debug)]
pub(crate) struct PairMap<V> {
    pub(crate) entries: Vec<Entry<V>>,
    /// Positions in `entries`, counted from 1; 0 is free. Its length is a power of two.
    slots: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<V> {
    pub(crate) key: (u32, u32),
    pub(crate) value: V,
}

impl<V> Default for PairMap<V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            slots: vec![0; 64],
        }
    }
}

impl<V> PairMap<V> {
    /// The value of a key, made if it is new.
    #[inline]
    pub(crate) fn or_insert_with(&mut self, key: (u32, u32), make: impl FnOnce() -> V) -> &mut V {
        let mut slot = self.first_slot(key);
        loop {
            match self.slots[slot] {
                0 => break,
                position if self.entries[position as usize - 1].key == key => {
                    return &mut self.entries[position as usize - 1].value;
                }
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
        let value = make();
        self.entries.push(Entry { key, value });
        let position = self.entries.len();
        self.slots[slot] = position as u32;
        // At most half full, so that sequences of taken slots stay short.
        if position * 2 > self.slots.len() {
            self.grow();
        }
        &mut self.entries[position - 1].value
    }

    /// Forgets all entries, and keeps as much memory as is quickly cleared.
    pub(crate) fn clear(&mut self) {
        const MAX_KEPT: usize = 1 << 17;
        self.entries.clear();
        if self.slots.len() > MAX_KEPT {
            self.slots = vec![0; MAX_KEPT];
        } else {
            self.slots.fill(0);
        }
    }

    pub(crate) fn get(&self, key: (u32, u32)) -> Option<&V> {
        let mut slot = self.first_slot(key);
        loop {
            match self.slots[slot] {
                0 => return None,
                position if self.entries[position as usize - 1].key == key => {
                    return Some(&self.entries[position as usize - 1].value);
                }
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    #[inline]
    fn first_slot(&self, key: (u32, u32)) -> usize {
        (hash_pair(key) >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    #[cold]
    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for position in 0..self.entries.len() {
            let mut slot = self.first_slot(self.entries[position].key);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = position as u32 + 1;
        }
    }
}

/// A hash whose high bits are the good ones.
#[inline]
pub(crate) fn hash_pair((first, second): (u32, u32)) -> u64 {
    // Fibonacci hashing: the high bits of the product depend on all bits of the key.
    let key = u64::from(first) << 32 | u64::from(second);
    (key ^ key >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_order_and_their_values() {
        let mut map = PairMap::default();
        for round in 0..3 {
            for key in (0..1000).map(|it| (it % 37, it)) {
                *map.or_insert_with(key, || key.1 * 10) += round;
            }
        }
        assert_eq!(map.entries.len(), 1000);
        for (position, entry) in map.entries.iter().enumerate() {
            assert_eq!(entry.key, (position as u32 % 37, position as u32));
            assert_eq!(entry.value, position as u32 * 10 + 3);
            assert_eq!(map.get(entry.key), Some(&entry.value));
        }
        assert_eq!(map.get((1, 0)), None);
        map.clear();
        assert_eq!(map.get((1, 1)), None);
        assert_eq!(*map.or_insert_with((1, 1), || 5), 5);
        assert_eq!(map.entries.len(), 1);
    }
}
