package facts

import (
	"context"
	"testing"
)

type key int

var sink any

func nested(n int) context.Context {
	ctx := context.WithValue(context.Background(), key(-1), "first")
	for i := range n {
		ctx = context.WithValue(ctx, key(i), i)
	}
	return ctx
}

func look(b *testing.B, n int) {
	ctx := nested(n)
	for b.Loop() {
		sink = ctx.Value(key(-1))
	}
}

func BenchmarkNone(b *testing.B)     { look(b, 0) }
func BenchmarkTen(b *testing.B)      { look(b, 10) }
func BenchmarkThousand(b *testing.B) { look(b, 1000) }
