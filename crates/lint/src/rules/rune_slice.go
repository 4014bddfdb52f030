package facts

import "testing"

var text = "forty characters with some äöü in them …"

var sink rune

//go:noinline
func ofSlice(s string) (n rune) {
	for _, r := range []rune(s) {
		n += r
	}
	return n
}

//go:noinline
func ofString(s string) (n rune) {
	for _, r := range s {
		n += r
	}
	return n
}

func BenchmarkOfSlice(b *testing.B) {
	for b.Loop() {
		sink += ofSlice(text)
	}
}

func BenchmarkOfString(b *testing.B) {
	for b.Loop() {
		sink += ofString(text)
	}
}
