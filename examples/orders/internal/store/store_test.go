package store

import (
	"errors"
	"fmt"
	"testing"

	"example.com/orders/internal/order"
)

func filled(n int) *Store {
	s := New()
	for i := range n {
		s.Put(order.Order{
			ID:       fmt.Sprintf("ord-%06d", i),
			Customer: fmt.Sprintf("customer-%d", i%40),
			Status:   order.Status(i % 4),
			Lines:    []order.Line{{SKU: "tea", Quantity: 1 + i%5, UnitPrice: 450}},
			ShipTo:   order.Address{Country: []string{"DE", "FR", "GB"}[i%3]},
			Totals:   order.Totals{Net: order.Money(450 * (1 + i%5)), Tax: 32},
		})
	}
	return s
}

func TestGetReturnsACopy(t *testing.T) {
	s := filled(3)
	o, err := s.Get("ord-000001")
	if err != nil {
		t.Fatal(err)
	}
	o.Customer = "changed"
	again, _ := s.Get("ord-000001")
	if again.Customer != "customer-1" || s.Len() != 3 {
		t.Fatalf("got %q, %d orders", again.Customer, s.Len())
	}
	if _, err := s.Get("ord-9"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestSetStatus(t *testing.T) {
	s := filled(4)
	if o, err := s.SetStatus("ord-000000", order.Paid); err != nil || o.Status != order.Paid {
		t.Fatalf("got %v, %v", o.Status, err)
	}
	if _, err := s.SetStatus("ord-000002", order.New); err == nil {
		t.Fatal("a shipped order became new")
	}
	if _, err := s.SetStatus("ord-9", order.Paid); !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestList(t *testing.T) {
	s := filled(400)
	paid := order.Paid
	found := s.List(Filter{Customer: "customer-1", Country: "FR", Status: &paid})
	if len(found) != 4 || found[0].ID != "ord-000001" || found[3].ID != "ord-000361" {
		t.Fatalf("got %d orders", len(found))
	}
	if found := s.List(Filter{MinGross: 2000}); len(found) != 80 {
		t.Fatalf("got %d orders", len(found))
	}
}

func TestTopCustomers(t *testing.T) {
	top := filled(400).TopCustomers(2)
	want := CustomerTotal{Customer: "customer-14", Orders: 10, Gross: 22820}
	if len(top) != 2 || top[0] != want {
		t.Fatalf("got %+v", top)
	}
}

func BenchmarkPut(b *testing.B) {
	s := filled(1000)
	o, _ := s.Get("ord-000500")
	b.ReportAllocs()
	for b.Loop() {
		s.Put(o)
	}
}

func BenchmarkGet(b *testing.B) {
	s := filled(1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Get("ord-000500"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	s := filled(2000)
	paid := order.Paid
	b.ReportAllocs()
	for b.Loop() {
		if found := s.List(Filter{Status: &paid}); len(found) != 500 {
			b.Fatal(len(found))
		}
	}
}

func BenchmarkTopCustomers(b *testing.B) {
	s := filled(2000)
	b.ReportAllocs()
	for b.Loop() {
		s.TopCustomers(10)
	}
}
