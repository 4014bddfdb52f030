package facts

import "testing"

var calls int

//go:noinline
func done() { calls++ }

//go:noinline
func deferred(n int) {
	for range n {
		defer done()
	}
}

//go:noinline
func direct(n int) {
	for range n {
		done()
	}
}

func BenchmarkDeferred(b *testing.B) {
	for b.Loop() {
		deferred(100)
	}
}

func BenchmarkDirect(b *testing.B) {
	for b.Loop() {
		direct(100)
	}
}
