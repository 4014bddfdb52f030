package facts

import "testing"

type of256 struct {
	id   int
	rest [31]int
}

type of1024 struct {
	id   int
	rest [127]int
}

var sink int

var (
	one256  of256
	one1024 of1024
)

//go:noinline
func value256(v of256) int { return v.id + v.rest[3] }

//go:noinline
func pointer256(v *of256) int { return v.id + v.rest[3] }

//go:noinline
func value1024(v of1024) int { return v.id + v.rest[3] }

//go:noinline
func pointer1024(v *of1024) int { return v.id + v.rest[3] }

func Benchmark256Value(b *testing.B) {
	for b.Loop() {
		sink += value256(one256)
	}
}

func Benchmark256Pointer(b *testing.B) {
	for b.Loop() {
		sink += pointer256(&one256)
	}
}

func Benchmark1024Value(b *testing.B) {
	for b.Loop() {
		sink += value1024(one1024)
	}
}

func Benchmark1024Pointer(b *testing.B) {
	for b.Loop() {
		sink += pointer1024(&one1024)
	}
}
