package facts

import "testing"

var sink []int

//go:noinline
func byLength(n int) []int {
	s := make([]int, n)
	for i := range n {
		s = append(s, i)
	}
	return s
}

//go:noinline
func byCapacity(n int) []int {
	s := make([]int, 0, n)
	for i := range n {
		s = append(s, i)
	}
	return s
}

func BenchmarkByLength(b *testing.B) {
	for b.Loop() {
		sink = byLength(100)
	}
}

func BenchmarkByCapacity(b *testing.B) {
	for b.Loop() {
		sink = byCapacity(100)
	}
}
