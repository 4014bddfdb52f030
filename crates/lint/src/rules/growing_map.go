package facts

import "testing"

var sink map[int]int

//go:noinline
func filled(m map[int]int, n int) map[int]int {
	for i := range n {
		m[i] = i
	}
	return m
}

func BenchmarkGrown(b *testing.B) {
	for b.Loop() {
		sink = filled(make(map[int]int), 1000)
	}
}

func BenchmarkHinted(b *testing.B) {
	for b.Loop() {
		sink = filled(make(map[int]int, 1000), 1000)
	}
}
