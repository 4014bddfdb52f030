package pricing

import (
	"fmt"
	"testing"

	"example.com/orders/internal/order"
)

func newEngine() *Engine {
	var catalogue []Product
	for i := range 50 {
		catalogue = append(catalogue, Product{
			SKU:         fmt.Sprintf("sku-%02d", i),
			Title:       fmt.Sprintf("Article %d", i),
			Class:       []string{"food", "books", "tools"}[i%3],
			Price:       order.Money(100 + 37*i),
			WeightGrams: 100 + i,
			BulkFrom:    10,
			BulkPercent: 8,
		})
	}
	e := NewEngine(catalogue)
	for _, country := range []string{"DE", "FR", "GB"} {
		e.SetTax(country, "food", 7)
		e.SetTax(country, "books", 5)
		e.SetTax(country, "tools", 19)
	}
	e.SetLoyalty("ada", 5)
	return e
}

func newOrder(lines int) *order.Order {
	o := &order.Order{Customer: "ada", ShipTo: order.Address{Country: "DE"}}
	for i := range lines {
		o.Lines = append(o.Lines, order.Line{SKU: fmt.Sprintf("sku-%02d", i%50), Quantity: 1 + i%12})
	}
	return o
}

func TestPrice(t *testing.T) {
	o := newOrder(12)
	if err := newEngine().Price(o); err != nil {
		t.Fatal(err)
	}
	want := order.Totals{Net: 28964, Discount: 1993, Tax: 3039}
	if o.Totals != want {
		t.Errorf("got %+v, want %+v", o.Totals, want)
	}
	if !o.Lines[0].Taxable || o.Lines[3].UnitPrice != 211 {
		t.Errorf("lines were not filled in: %+v", o.Lines[:4])
	}
}

func TestPriceNeedsAProduct(t *testing.T) {
	o := newOrder(1)
	o.Lines[0].SKU = "gone"
	if err := newEngine().Price(o); err == nil {
		t.Fatal("an unknown product has a price")
	}
}

func TestDiscountHasALimit(t *testing.T) {
	p := Product{BulkFrom: 1, BulkPercent: 60}
	if got := discountOf(p, 1000, 1, 0); got != 500 {
		t.Errorf("got %d", got)
	}
}

func BenchmarkPrice(b *testing.B) {
	e := newEngine()
	o := newOrder(20)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Price(o); err != nil {
			b.Fatal(err)
		}
	}
}
