package facts

import "testing"

var counts = map[string]int{"a": 1, "b": 2, "c": 3, "some key": 4}

var sink int

//go:noinline
func twice(m map[string]int, k string) { m[k] = m[k] + 1 }

//go:noinline
func once(m map[string]int, k string) { m[k] += 1 }

//go:noinline
func checked(m map[string]int, k string) int {
	if _, ok := m[k]; ok {
		v := m[k]
		return v
	}
	return 0
}

//go:noinline
func commaOk(m map[string]int, k string) int {
	if v, ok := m[k]; ok {
		return v
	}
	return 0
}

func BenchmarkTwice(b *testing.B) {
	for b.Loop() {
		twice(counts, "some key")
	}
}

func BenchmarkOnce(b *testing.B) {
	for b.Loop() {
		once(counts, "some key")
	}
}

func BenchmarkChecked(b *testing.B) {
	for b.Loop() {
		sink += checked(counts, "some key")
	}
}

func BenchmarkCommaOk(b *testing.B) {
	for b.Loop() {
		sink += commaOk(counts, "some key")
	}
}
