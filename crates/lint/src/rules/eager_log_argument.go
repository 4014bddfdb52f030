package facts

import (
	"fmt"
	"io"
	"log/slog"
	"testing"
)

var (
	logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	id     = 1_234_567
	name   = "a name"
)

func BenchmarkPlain(b *testing.B) {
	for b.Loop() {
		logger.Debug("got it", "name", name)
	}
}

func BenchmarkSprintf(b *testing.B) {
	for b.Loop() {
		logger.Debug("got it", "name", fmt.Sprintf("%s-%d", name, id))
	}
}
