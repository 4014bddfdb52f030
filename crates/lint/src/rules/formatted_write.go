package facts

import (
	"bufio"
	"fmt"
	"io"
	"testing"
)

var (
	name = "some name of things"
	n    = 1_234_567
)

func BenchmarkSprintf(b *testing.B) {
	w := bufio.NewWriter(io.Discard)
	for b.Loop() {
		w.Write([]byte(fmt.Sprintf("%s: %d", name, n)))
	}
}

func BenchmarkFprintf(b *testing.B) {
	w := bufio.NewWriter(io.Discard)
	for b.Loop() {
		fmt.Fprintf(w, "%s: %d", name, n)
	}
}
