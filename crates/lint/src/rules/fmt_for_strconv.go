package facts

import (
	"fmt"
	"strconv"
	"testing"
)

var n = 1_234_567

var sink string

func BenchmarkSprintf(b *testing.B) {
	for b.Loop() {
		sink = fmt.Sprintf("%d", n)
	}
}

func BenchmarkItoa(b *testing.B) {
	for b.Loop() {
		sink = strconv.Itoa(n)
	}
}
