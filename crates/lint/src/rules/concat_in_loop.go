package facts

import (
	"strings"
	"testing"
)

const part = "some "

var sink string

//go:noinline
func added(n int) string {
	s := ""
	for range n {
		s += part
	}
	return s
}

//go:noinline
func built(n int) string {
	var s strings.Builder
	for range n {
		s.WriteString(part)
	}
	return s.String()
}

//go:noinline
func sized(n int) string {
	var s strings.Builder
	s.Grow(n * len(part))
	for range n {
		s.WriteString(part)
	}
	return s.String()
}

func run(b *testing.B, f func(int) string, n int) {
	for b.Loop() {
		sink = f(n)
	}
}

func BenchmarkAdded5(b *testing.B)    { run(b, added, 5) }
func BenchmarkBuilt5(b *testing.B)    { run(b, built, 5) }
func BenchmarkSized5(b *testing.B)    { run(b, sized, 5) }
func BenchmarkAdded100(b *testing.B)  { run(b, added, 100) }
func BenchmarkBuilt100(b *testing.B)  { run(b, built, 100) }
func BenchmarkSized100(b *testing.B)  { run(b, sized, 100) }
func BenchmarkAdded1000(b *testing.B) { run(b, added, 1000) }
func BenchmarkBuilt1000(b *testing.B) { run(b, built, 1000) }
func BenchmarkSized1000(b *testing.B) { run(b, sized, 1000) }
