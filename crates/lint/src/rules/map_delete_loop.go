package facts

import "testing"

//go:noinline
func fill[K comparable](m map[K]int, keys []K) {
	for i, k := range keys {
		m[k] = i
	}
}

var (
	ints   = make([]int, 1000)
	anys   = make([]any, 1000)
	floats = make([]float64, 1000)
)

func init() {
	for i := range ints {
		ints[i], anys[i], floats[i] = i, i, float64(i)
	}
}

//go:noinline
func deleteInts(m map[int]int) {
	for k := range m {
		delete(m, k)
	}
}

//go:noinline
func deleteAnys(m map[any]int) {
	for k := range m {
		delete(m, k)
	}
}

//go:noinline
func deleteFloats(m map[float64]int) {
	for k := range m {
		delete(m, k)
	}
}

func BenchmarkIntLoop(b *testing.B) {
	m := map[int]int{}
	for b.Loop() {
		fill(m, ints)
		deleteInts(m)
	}
}

func BenchmarkIntClear(b *testing.B) {
	m := map[int]int{}
	for b.Loop() {
		fill(m, ints)
		clear(m)
	}
}

func BenchmarkAnyLoop(b *testing.B) {
	m := map[any]int{}
	for b.Loop() {
		fill(m, anys)
		deleteAnys(m)
	}
}

func BenchmarkAnyClear(b *testing.B) {
	m := map[any]int{}
	for b.Loop() {
		fill(m, anys)
		clear(m)
	}
}

func BenchmarkFloatLoop(b *testing.B) {
	m := map[float64]int{}
	for b.Loop() {
		fill(m, floats)
		deleteFloats(m)
	}
}

func BenchmarkFloatClear(b *testing.B) {
	m := map[float64]int{}
	for b.Loop() {
		fill(m, floats)
		clear(m)
	}
}
