package facts

import "testing"

var sink int

//go:noinline
func made(n int) int {
	buf := make([]byte, n)
	for i := range buf {
		buf[i] = byte(i)
	}
	return int(buf[n-1])
}

func Benchmark32(b *testing.B) {
	for b.Loop() {
		sink += made(32)
	}
}

func Benchmark33(b *testing.B) {
	for b.Loop() {
		sink += made(33)
	}
}
