package facts

import (
	"regexp"
	"testing"
)

const pattern = `^[a-z]+\[(\d+)\]$`

var kept = regexp.MustCompile(pattern)

var (
	sink   *regexp.Regexp
	sinkOk bool
)

func BenchmarkMustCompile(b *testing.B) {
	for b.Loop() {
		sink = regexp.MustCompile(pattern)
	}
}

func BenchmarkMatchString(b *testing.B) {
	for b.Loop() {
		sinkOk, _ = regexp.MatchString(pattern, "adam[23]")
	}
}

func BenchmarkKept(b *testing.B) {
	for b.Loop() {
		sinkOk = kept.MatchString("adam[23]")
	}
}
