package facts

import (
	"strings"
	"testing"
)

var x, y = "Some Letters Of Mixed Case To Be Equal", "some LETTERS of mixed CASE to be EQUAL"

var sink bool

func BenchmarkToLower(b *testing.B) {
	for b.Loop() {
		sink = strings.ToLower(x) == strings.ToLower(y)
	}
}

func BenchmarkEqualFold(b *testing.B) {
	for b.Loop() {
		sink = strings.EqualFold(x, y)
	}
}
