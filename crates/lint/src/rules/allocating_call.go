package facts

import (
	"strings"
	"testing"
)

var text = strings.Repeat("part,", 19) + "part"

var sink string

func BenchmarkSplit(b *testing.B) {
	for b.Loop() {
		sink = strings.Split(text, ",")[0]
	}
}

func BenchmarkCut(b *testing.B) {
	for b.Loop() {
		sink, _, _ = strings.Cut(text, ",")
	}
}
