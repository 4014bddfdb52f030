package facts

import (
	"fmt"
	"strconv"
	"testing"
)

var n = 1_234_567

func BenchmarkItoa(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = append(buf[:0], strconv.Itoa(n)...)
	}
}

func BenchmarkAppendInt(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = strconv.AppendInt(buf[:0], int64(n), 10)
	}
}

func BenchmarkSprintf(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = append(buf[:0], fmt.Sprintf("%d", n)...)
	}
}

func BenchmarkAppendf(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = fmt.Appendf(buf[:0], "%d", n)
	}
}
