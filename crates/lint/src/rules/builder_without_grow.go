package facts

import (
	"strings"
	"testing"
)

var sink string

//go:noinline
func plain(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteByte('a' + byte(i%26))
	}
	return s.String()
}

//go:noinline
func sized(n int) string {
	var s strings.Builder
	s.Grow(n)
	for i := range n {
		s.WriteByte('a' + byte(i%26))
	}
	return s.String()
}

func BenchmarkPlain(b *testing.B) {
	for b.Loop() {
		sink = plain(1000)
	}
}

func BenchmarkSized(b *testing.B) {
	for b.Loop() {
		sink = sized(1000)
	}
}
