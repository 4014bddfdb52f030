package facts

import (
	"errors"
	"fmt"
	"testing"
)

var sink error

var errNegative = errors.New("facts: negative length")

//go:noinline
func made(n int) error {
	if n < 0 {
		return errors.New("facts: negative length")
	}
	return nil
}

//go:noinline
func formatted(n int) error {
	if n < 0 {
		return fmt.Errorf("facts: negative length")
	}
	return nil
}

//go:noinline
func kept(n int) error {
	if n < 0 {
		return errNegative
	}
	return nil
}

func BenchmarkMade(b *testing.B) {
	for b.Loop() {
		sink = made(-1)
	}
}

func BenchmarkFormatted(b *testing.B) {
	for b.Loop() {
		sink = formatted(-1)
	}
}

func BenchmarkKept(b *testing.B) {
	for b.Loop() {
		sink = kept(-1)
	}
}
