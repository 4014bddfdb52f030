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
func built(n, room int) string {
	var s strings.Builder
	s.Grow(room)
	for range n {
		s.WriteString(part)
	}
	return s.String()
}

func BenchmarkAdded(b *testing.B) {
	for b.Loop() {
		sink = added(100)
	}
}

func BenchmarkBuilt(b *testing.B) {
	for b.Loop() {
		sink = built(100, 0)
	}
}

func BenchmarkSized(b *testing.B) {
	for b.Loop() {
		sink = built(100, 100*len(part))
	}
}
