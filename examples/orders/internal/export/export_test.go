package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"example.com/orders/internal/order"
)

func orders(n int) []order.Order {
	all := make([]order.Order, n)
	for i := range all {
		all[i] = order.Order{
			ID:       fmt.Sprintf("ord-%06d", i),
			Customer: fmt.Sprintf("customer-%d", i%7),
			Status:   order.Status(i % 4),
			Lines: []order.Line{
				{SKU: "tea", Quantity: 2},
				{SKU: "cup", Quantity: 1, Gift: i%2 == 0},
			},
			ShipTo: order.Address{Name: "Ada", Country: []string{"DE", "FR", "GB"}[i%3]},
			Totals: order.Totals{Net: order.Money(1000 + i), Tax: 190, Shipping: 350},
		}
	}
	return all
}

func TestCSV(t *testing.T) {
	all := orders(2)
	all[1].Customer = `Bob "the" Builder, Ltd.`
	var out bytes.Buffer
	if err := CSV(&out, all); err != nil {
		t.Fatal(err)
	}
	want := header +
		"ord-000000,customer-0,new,DE,2,10.00,0.00,1.90,3.50,15.40\n" +
		"ord-000001,\"Bob \"\"the\"\" Builder, Ltd.\",paid,FR,2,10.01,0.00,1.90,3.50,15.41\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestSummary(t *testing.T) {
	want := `country  orders       gross
DE            3       46.35
FR            2       30.85
GB            3       46.35
---------------------------
total                123.55
`
	if got := Summary(orders(10)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestPickList(t *testing.T) {
	want := "ord-000000 Ada\n     2 x tea\n     1 x cup (gift)\n" +
		"ord-000001 Ada\n     2 x tea\n     1 x cup\n"
	if got := PickList(orders(2)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestFiles(t *testing.T) {
	paths, err := Files(t.TempDir(), orders(20))
	if err != nil || len(paths) != 7 {
		t.Fatal(paths, err)
	}
	text, err := os.ReadFile(paths[1])
	if err != nil || strings.Count(string(text), "\n") != 4 {
		t.Fatalf("got %s, %v", text, err)
	}
}

func TestReadStatuses(t *testing.T) {
	got, err := ReadStatuses(strings.NewReader("# from the warehouse\nord-1,Shipped\n\nord-2,cancelled\n"))
	if err != nil || len(got) != 2 || got["ord-1"] != order.Shipped {
		t.Fatal(got, err)
	}
	for _, bad := range []string{"ord-1", "ord-1,lost"} {
		if _, err := ReadStatuses(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func BenchmarkCSV(b *testing.B) {
	all := orders(200)
	b.ReportAllocs()
	for b.Loop() {
		if err := CSV(io.Discard, all); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPickList(b *testing.B) {
	all := orders(100)
	b.ReportAllocs()
	for b.Loop() {
		PickList(all)
	}
}

func BenchmarkSummary(b *testing.B) {
	all := orders(500)
	b.ReportAllocs()
	for b.Loop() {
		Summary(all)
	}
}

func BenchmarkReadStatuses(b *testing.B) {
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, "ord-%06d,Shipped\n", i)
	}
	input := text.String()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadStatuses(strings.NewReader(input)); err != nil {
			b.Fatal(err)
		}
	}
}
