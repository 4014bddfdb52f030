package facts

import (
	"slices"
	"testing"
)

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
	var s []int
	s = slices.Grow(s, n)
	for i := range n {
		s = append(s, i)
	}
	return s
}

func run(b *testing.B, f func(int) []int, n int) {
	for b.Loop() {
		sink = f(n)
	}
}

func BenchmarkGrown16(b *testing.B)   { run(b, grown, 16) }
func BenchmarkSized16(b *testing.B)   { run(b, sized, 16) }
func BenchmarkGrown100(b *testing.B)  { run(b, grown, 100) }
func BenchmarkSized100(b *testing.B)  { run(b, sized, 100) }
func BenchmarkGrown1000(b *testing.B) { run(b, grown, 1000) }
func BenchmarkSized1000(b *testing.B) { run(b, sized, 1000) }
