package facts

import "testing"

var sink map[int]int

//go:noinline
func plain(n int) map[int]int {
	m := make(map[int]int)
	for i := range n {
		m[i] = i
	}
	return m
}

//go:noinline
func hinted(n int) map[int]int {
	m := make(map[int]int, n)
	for i := range n {
		m[i] = i
	}
	return m
}

func run(b *testing.B, f func(int) map[int]int, n int) {
	for b.Loop() {
		sink = f(n)
	}
}

func BenchmarkPlain9(b *testing.B)     { run(b, plain, 9) }
func BenchmarkHinted9(b *testing.B)    { run(b, hinted, 9) }
func BenchmarkPlain100(b *testing.B)   { run(b, plain, 100) }
func BenchmarkHinted100(b *testing.B)  { run(b, hinted, 100) }
func BenchmarkPlain1000(b *testing.B)  { run(b, plain, 1000) }
func BenchmarkHinted1000(b *testing.B) { run(b, hinted, 1000) }
