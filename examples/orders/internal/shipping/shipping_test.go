package shipping

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/orders/internal/order"
)

var (
	post    = FlatRate{Name: "post", Base: 300, PerKilo: 50, Abroad: 900, Home: "DE", Days: 3}
	courier = FlatRate{Name: "courier", Base: 800, PerKilo: 20, Abroad: 100, Home: "DE", Days: 1}
)

type broken struct{}

func (broken) Quote(int, order.Address) (Quote, error) {
	return Quote{}, errors.New("down for maintenance")
}

type slow struct{ wake chan struct{} }

func (s slow) Quote(int, order.Address) (Quote, error) {
	<-s.wake
	return Quote{Carrier: "slow", Price: 1}, nil
}

func TestCheapest(t *testing.T) {
	b := NewBoard(post, broken{}, courier)
	for _, tt := range []struct {
		country string
		grams   int
		want    string
	}{
		{"DE", 900, "post"}, {"FR", 900, "courier"}, {"DE", 40_000, "courier"},
	} {
		q, err := b.Cheapest(context.Background(), tt.grams, order.Address{Country: tt.country})
		if err != nil || q.Carrier != tt.want {
			t.Errorf("%s, %d g: got %q, %v", tt.country, tt.grams, q.Carrier, err)
		}
	}
	if _, err := b.Cheapest(context.Background(), 0, order.Address{}); !errors.Is(err, ErrNoOffer) {
		t.Errorf("got %v", err)
	}
}

func TestCheapestDoesNotWaitForTheSlow(t *testing.T) {
	s := slow{make(chan struct{})}
	defer close(s.wake)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	q, err := NewBoard(s, post).Cheapest(ctx, 500, order.Address{Country: "DE"})
	if err != nil || q.Carrier != "post" {
		t.Fatalf("got %q, %v", q.Carrier, err)
	}
}

func BenchmarkCheapest(b *testing.B) {
	board := NewBoard(post, courier, post)
	to := order.Address{Country: "FR"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := board.Cheapest(context.Background(), 1200, to); err != nil {
			b.Fatal(err)
		}
	}
}
