package facts

import "testing"

var sink []int

//go:noinline
func grown(n int) []int {
	var s []int
	for i := range n {
		s = append(s, i)
	}
	return s
}

//go:noinline
func sized(n int) []int {
	s := make([]int, 0, n)
	for i := range n {
		s = append(s, i)
	}
	return s
}

func BenchmarkGrown(b *testing.B) {
	for b.Loop() {
		sink = grown(1000)
	}
}

func BenchmarkSized(b *testing.B) {
	for b.Loop() {
		sink = sized(1000)
	}
}
