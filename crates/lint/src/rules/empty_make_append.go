package facts

import "testing"

//go:noinline
func made(n int) []int {
	s := make([]int, 0)
	for i := 0; i < n; i++ {
		s = append(s, i)
	}
	return s
}

//go:noinline
func literal(n int) []int {
	s := []int{}
	for i := 0; i < n; i++ {
		s = append(s, i)
	}
	return s
}

var sink []int

func run(b *testing.B, f func(int) []int, n int) {
	for b.Loop() {
		sink = f(n)
	}
}

func BenchmarkMade4(b *testing.B)     { run(b, made, 4) }
func BenchmarkLiteral4(b *testing.B)  { run(b, literal, 4) }
func BenchmarkMade8(b *testing.B)     { run(b, made, 8) }
func BenchmarkLiteral8(b *testing.B)  { run(b, literal, 8) }
func BenchmarkMade16(b *testing.B)    { run(b, made, 16) }
func BenchmarkLiteral16(b *testing.B) { run(b, literal, 16) }
func BenchmarkMade32(b *testing.B)    { run(b, made, 32) }
func BenchmarkLiteral32(b *testing.B) { run(b, literal, 32) }
