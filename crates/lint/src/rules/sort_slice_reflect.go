package facts

import (
	"cmp"
	"slices"
	"sort"
	"testing"
)

type item struct{ key, a, b, c int }

var items, work = make([]item, 1000), make([]item, 1000)

func init() {
	n := 1
	for i := range items {
		n = n * 48271 % 2147483647
		items[i].key = n
	}
}

func BenchmarkSortSlice(b *testing.B) {
	for b.Loop() {
		copy(work, items)
		sort.Slice(work, func(i, j int) bool { return work[i].key < work[j].key })
	}
}

func BenchmarkSortFunc(b *testing.B) {
	for b.Loop() {
		copy(work, items)
		slices.SortFunc(work, func(a, b item) int { return cmp.Compare(a.key, b.key) })
	}
}
