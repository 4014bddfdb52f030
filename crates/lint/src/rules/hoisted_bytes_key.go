package facts

import "testing"

var key = []byte("a key of more than the thirty-two bytes")

var sink int

//go:noinline
func byVariable(a, b map[string]int) int {
	k := string(key)
	return a[k] + b[k]
}

//go:noinline
func inPlace(a, b map[string]int) int { return a[string(key)] + b[string(key)] }

var m, n = map[string]int{string(key): 1, "b": 2}, map[string]int{string(key): 3, "c": 2}

func BenchmarkByVariable(b *testing.B) {
	for b.Loop() {
		sink += byVariable(m, n)
	}
}

func BenchmarkInPlace(b *testing.B) {
	for b.Loop() {
		sink += inPlace(m, n)
	}
}
