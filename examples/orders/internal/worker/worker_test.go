package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"example.com/orders/internal/order"
)

func batch(n int) []*order.Order {
	orders := make([]*order.Order, n)
	for i := range orders {
		orders[i] = &order.Order{ID: fmt.Sprintf("ord-%d", i)}
	}
	return orders
}

func price(o *order.Order) error {
	o.Totals.Net = 100
	return nil
}

func TestProcessKeepsTheOrder(t *testing.T) {
	p := New(4)
	defer p.Close()
	bad := errors.New("bad")
	results, err := p.Process(context.Background(), batch(100), func(o *order.Order) error {
		if o.ID == "ord-7" {
			return bad
		}
		return price(o)
	})
	if err != nil || len(results) != 100 {
		t.Fatal(len(results), err)
	}
	for i, r := range results {
		if want := fmt.Sprintf("ord-%d", i); r.ID != want {
			t.Fatalf("result %d is of %s", i, r.ID)
		}
		if (i == 7) != errors.Is(r.Err, bad) {
			t.Fatalf("result %d: %v", i, r.Err)
		}
	}
}

func TestProcessStopsWithItsContext(t *testing.T) {
	p := New(2)
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Process(ctx, batch(10), price); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestCloseWaits(t *testing.T) {
	p := New(2)
	var n atomic.Int32
	for range 50 {
		if err := p.Submit(func() { n.Add(1) }); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	p.Close()
	if n.Load() != 50 {
		t.Fatal(n.Load())
	}
	if err := p.Submit(func() {}); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func BenchmarkProcess(b *testing.B) {
	p := New(2)
	defer p.Close()
	orders := batch(100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Process(context.Background(), orders, price); err != nil {
			b.Fatal(err)
		}
	}
}
