package facts

import (
	"maps"
	"slices"
	"strconv"
	"testing"
)

var m = map[string]int{}

func init() {
	for i := range 100 {
		m["key "+strconv.Itoa(i)] = i
	}
}

var sink []string

func BenchmarkCollect(b *testing.B) {
	for b.Loop() {
		sink = slices.Collect(maps.Keys(m))
	}
}

func BenchmarkAppendSeq(b *testing.B) {
	for b.Loop() {
		sink = slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	}
}
