package facts

import "testing"

var numbers = make([]int, 4096)

//go:noinline
func byIndex(s []int) {
	for i := 0; i < len(s); i++ {
		s[i] = 0
	}
}

//go:noinline
func byRange(s []int) {
	for i := range s {
		s[i] = 0
	}
}

//go:noinline
func byClear(s []int) { clear(s) }

func run(b *testing.B, f func([]int)) {
	for b.Loop() {
		f(numbers)
	}
}

func BenchmarkIndex(b *testing.B) { run(b, byIndex) }
func BenchmarkRange(b *testing.B) { run(b, byRange) }
func BenchmarkClear(b *testing.B) { run(b, byClear) }
