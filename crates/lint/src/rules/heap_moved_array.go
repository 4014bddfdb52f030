package facts

import "testing"

var sink byte

//go:noinline
func fill(b []byte) byte {
	b[0] = 1
	return b[len(b)-1]
}

func BenchmarkArrayOf256K(b *testing.B) {
	for b.Loop() {
		var buf [256 << 10]byte
		sink = fill(buf[:])
	}
}

func BenchmarkArrayOf128K(b *testing.B) {
	for b.Loop() {
		var buf [128 << 10]byte
		sink = fill(buf[:])
	}
}

func BenchmarkMakeOf128K(b *testing.B) {
	for b.Loop() {
		buf := make([]byte, 128<<10)
		sink = fill(buf)
	}
}

func BenchmarkMakeOf64K(b *testing.B) {
	for b.Loop() {
		buf := make([]byte, 64<<10)
		sink = fill(buf)
	}
}

var kept [256 << 10]byte

func BenchmarkKeptArrayOf256K(b *testing.B) {
	for b.Loop() {
		sink = fill(kept[:])
	}
}
