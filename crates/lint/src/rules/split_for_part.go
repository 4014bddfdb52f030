package facts

import (
	"strings"
	"testing"
)

var text = strings.Repeat("part,", 19) + "part"

var sink string

var length int

func BenchmarkSplitFirst(b *testing.B) {
	for b.Loop() {
		sink = strings.Split(text, ",")[0]
	}
}

func BenchmarkCut(b *testing.B) {
	for b.Loop() {
		sink, _, _ = strings.Cut(text, ",")
	}
}

func BenchmarkSplitRange(b *testing.B) {
	for b.Loop() {
		for _, part := range strings.Split(text, ",") {
			length += len(part)
		}
	}
}

func BenchmarkSplitSeq(b *testing.B) {
	for b.Loop() {
		for part := range strings.SplitSeq(text, ",") {
			length += len(part)
		}
	}
}
