package facts

import "testing"

type pair struct{ a, b int }

var from, to = make([]pair, 1000), make([]pair, 1000)

//go:noinline
func byLoop(to, from []pair) {
	for i := range from {
		to[i] = from[i]
	}
}

func BenchmarkLoop(b *testing.B) {
	for b.Loop() {
		byLoop(to, from)
	}
}

func BenchmarkCopy(b *testing.B) {
	for b.Loop() {
		copy(to, from)
	}
}
