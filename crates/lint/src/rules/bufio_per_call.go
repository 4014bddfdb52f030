package facts

import (
	"bufio"
	"strings"
	"testing"
)

const text = "first line\nsecond line\n"

var sink string

func BenchmarkNewReader(b *testing.B) {
	for b.Loop() {
		r := bufio.NewReader(strings.NewReader(text))
		sink, _ = r.ReadString('\n')
	}
}

func BenchmarkReset(b *testing.B) {
	r := bufio.NewReader(nil)
	for b.Loop() {
		r.Reset(strings.NewReader(text))
		sink, _ = r.ReadString('\n')
	}
}
