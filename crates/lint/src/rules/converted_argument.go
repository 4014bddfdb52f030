package facts

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

var (
	text   = "the text of forty bytes in which to look"
	raw    = []byte(text)
	expr   = regexp.MustCompile(`^the text`)
	sink   int
	sinkOk bool
)

//go:noinline
func indexConverted(b []byte) int { return strings.Index(string(b), "look") }

//go:noinline
func index(b []byte) int { return bytes.Index(b, []byte("look")) }

//go:noinline
func matchConverted(s string) bool { return expr.Match([]byte(s)) }

//go:noinline
func match(s string) bool { return expr.MatchString(s) }

func BenchmarkIndexConverted(b *testing.B) {
	for b.Loop() {
		sink += indexConverted(raw)
	}
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		sink += index(raw)
	}
}

func BenchmarkMatchConverted(b *testing.B) {
	for b.Loop() {
		sinkOk = matchConverted(text)
	}
}

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		sinkOk = match(text)
	}
}
