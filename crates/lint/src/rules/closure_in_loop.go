package facts

import "testing"

var kept [10]func() int

func BenchmarkMadeEachTurn(b *testing.B) {
	n := len(b.Name())
	for b.Loop() {
		for i := range kept {
			kept[i] = func() int { return n }
		}
	}
}

func BenchmarkMadeOnce(b *testing.B) {
	n := len(b.Name())
	for b.Loop() {
		f := func() int { return n }
		for i := range kept {
			kept[i] = f
		}
	}
}
