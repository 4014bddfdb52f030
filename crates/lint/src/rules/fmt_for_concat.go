package facts

import (
	"fmt"
	"testing"
)

var x, y = "one text", "another"

var sink string

func BenchmarkSprintf(b *testing.B) {
	for b.Loop() {
		sink = fmt.Sprintf("%s%s", x, y)
	}
}

func BenchmarkConcat(b *testing.B) {
	for b.Loop() {
		sink = x + y
	}
}
