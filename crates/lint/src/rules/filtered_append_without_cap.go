package facts

import "testing"

var sink []int

var numbers = make([]int, 1000)

func init() {
	for i := range numbers {
		numbers[i] = i
	}
}

//go:noinline
func grown(every int) []int {
	var s []int
	for _, n := range numbers {
		if n%every == 0 {
			s = append(s, n)
		}
	}
	return s
}

//go:noinline
func sized(every int) []int {
	s := make([]int, 0, len(numbers))
	for _, n := range numbers {
		if n%every == 0 {
			s = append(s, n)
		}
	}
	return s
}

func run(b *testing.B, f func(int) []int, every int) {
	for b.Loop() {
		sink = f(every)
	}
}

func BenchmarkGrownOf100(b *testing.B) { run(b, grown, 100) }
func BenchmarkSizedOf100(b *testing.B) { run(b, sized, 100) }
func BenchmarkGrownOf2(b *testing.B)   { run(b, grown, 2) }
func BenchmarkSizedOf2(b *testing.B)   { run(b, sized, 2) }
