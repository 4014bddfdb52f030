package order

import (
	"encoding/json"
	"strings"
	"testing"
)

func valid() Order {
	return Order{
		Customer: "ada",
		Lines:    []Line{{SKU: "tea", Quantity: 2, UnitPrice: 450, WeightGrams: 250}},
		ShipTo:   Address{Name: "Ada", City: "London", Country: "GB"},
	}
}

func TestMoneyString(t *testing.T) {
	for amount, want := range map[Money]string{
		0: "0.00", 5: "0.05", 1205: "12.05", -1205: "-12.05", 100: "1.00",
	} {
		if got := amount.String(); got != want {
			t.Errorf("Money(%d) = %q, want %q", int64(amount), got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Order)
		want   string
	}{
		{"valid", func(*Order) {}, ""},
		{"no customer", func(o *Order) { o.Customer = "" }, "no customer"},
		{"no lines", func(o *Order) { o.Lines = nil }, "no lines"},
		{"no sku", func(o *Order) { o.Lines[0].SKU = "" }, "line 1 has no sku"},
		{"quantity", func(o *Order) { o.Lines[0].Quantity = -1 }, "quantity -1"},
		{"country", func(o *Order) { o.ShipTo.Country = "" }, "no country"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := valid()
			tt.change(&o)
			err := o.Validate()
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestStatusInJSON(t *testing.T) {
	o := valid()
	o.Status = Shipped
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Order
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if back.Status != Shipped || back.Weight() != 500 {
		t.Fatalf("got %v, %d g", back.Status, back.Weight())
	}
	if err := json.Unmarshal([]byte(`{"status":"lost"}`), &back); err == nil {
		t.Fatal("an unknown status was accepted")
	}
}

func TestSequence(t *testing.T) {
	var s Sequence
	if a, b := s.Next(), s.Next(); a != "ord-000001" || b != "ord-000002" {
		t.Fatal(a, b)
	}
}
