package facts

import (
	"strings"
	"testing"
)

var sink string

var kept = strings.NewReplacer("<", "&lt;", ">", "&gt;")

func BenchmarkReplacerMade(b *testing.B) {
	for b.Loop() {
		sink = strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace("a short text")
	}
}

func BenchmarkReplacerKept(b *testing.B) {
	for b.Loop() {
		sink = kept.Replace("a short text")
	}
}
