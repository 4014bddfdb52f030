package facts

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

var (
	x, y = make([]string, 100), make([]string, 100)
	m, n = map[string]string{}, map[string]string{}
	sink bool
)

func init() {
	for i := range x {
		s := "text " + strconv.Itoa(i)
		x[i], y[i] = s, "text "+strconv.Itoa(i)
		m[s], n[s] = s, y[i]
	}
}

func BenchmarkSlicesByReflection(b *testing.B) {
	for b.Loop() {
		sink = reflect.DeepEqual(x, y)
	}
}

func BenchmarkSlices(b *testing.B) {
	for b.Loop() {
		sink = slices.Equal(x, y)
	}
}

func BenchmarkMapsByReflection(b *testing.B) {
	for b.Loop() {
		sink = reflect.DeepEqual(m, n)
	}
}

func BenchmarkMaps(b *testing.B) {
	for b.Loop() {
		sink = maps.Equal(m, n)
	}
}
