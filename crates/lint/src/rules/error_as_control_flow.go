package facts

import (
	"errors"
	"fmt"
	"testing"
)

var errMissing = errors.New("missing")

var keys = map[string]int{"a": 1}

var sink int

//go:noinline
func wrapped(k string) (int, error) {
	v, ok := keys[k]
	if !ok {
		return 0, fmt.Errorf("look up %q: %w", k, errMissing)
	}
	return v, nil
}

//go:noinline
func found(k string) (int, bool) {
	v, ok := keys[k]
	return v, ok
}

func BenchmarkWrapped(b *testing.B) {
	for b.Loop() {
		v, err := wrapped("nothing")
		if err != nil {
			continue
		}
		sink += v
	}
}

func BenchmarkFound(b *testing.B) {
	for b.Loop() {
		v, ok := found("nothing")
		if !ok {
			continue
		}
		sink += v
	}
}
