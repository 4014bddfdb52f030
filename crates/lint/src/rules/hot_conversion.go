package facts

import (
	"bytes"
	"strings"
	"testing"
)

var raw = []byte("the text of forty bytes in which to look")

var sink int

//go:noinline
func converted(b []byte) int { return strings.Index(string(b), "look") }

//go:noinline
func direct(b []byte) int { return bytes.Index(b, []byte("look")) }

func BenchmarkConverted(b *testing.B) {
	for b.Loop() {
		sink += converted(raw)
	}
}

func BenchmarkDirect(b *testing.B) {
	for b.Loop() {
		sink += direct(raw)
	}
}
