package httpapi

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/orders/internal/cache"
	"example.com/orders/internal/metrics"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/shipping"
	"example.com/orders/internal/store"
	"example.com/orders/internal/worker"
)

func newServer(tb testing.TB) http.Handler {
	engine := pricing.NewEngine([]pricing.Product{
		{SKU: "tea", Title: "Tea", Class: "food", Price: 450, WeightGrams: 250, BulkFrom: 10, BulkPercent: 8},
		{SKU: "cup", Title: "Cup", Class: "tools", Price: 900, WeightGrams: 400},
	})
	engine.SetTax("DE", "food", 7)
	engine.SetTax("DE", "tools", 19)
	pool := worker.New(2)
	tb.Cleanup(pool.Close)
	clock := time.Unix(1_700_000_000, 0).UTC()
	s := &Server{
		Store:  store.New(),
		Engine: engine,
		Board: shipping.NewBoard(
			shipping.FlatRate{Name: "post", Base: 300, PerKilo: 50, Abroad: 900, Home: "DE", Days: 3},
			shipping.FlatRate{Name: "courier", Base: 800, PerKilo: 20, Abroad: 100, Home: "DE", Days: 1},
		),
		Pool:    pool,
		Cache:   cache.New(100, time.Minute),
		Metrics: metrics.NewRegistry(),
		Log:     log.New(io.Discard, "", 0),
		Now:     func() time.Time { return clock },
	}
	return s.Handler()
}

func do(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

const twoTeas = `{"customer":"ada","lines":[{"sku":"tea","quantity":2}],"ship_to":{"name":"Ada","country":"DE"}}`

func TestCreateAndGet(t *testing.T) {
	h := newServer(t)
	w := do(h, "POST", "/orders", twoTeas)
	if w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	w = do(h, "GET", "/orders/ord-000001", "")
	var o order.Order
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	want := order.Totals{Net: 900, Tax: 63, Shipping: 350}
	if o.Totals != want || o.Created.Unix() != 1_700_000_000 {
		t.Errorf("got %+v", o)
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	h := newServer(t)
	do(h, "POST", "/orders", twoTeas)
	for _, tt := range []struct {
		method, target, body string
		code                 int
	}{
		{"POST", "/orders", `{`, 400},
		{"POST", "/orders", `{"customer":"ada"}`, 400},
		{"POST", "/orders", strings.Replace(twoTeas, "tea", "gold", 1), 400},
		{"GET", "/orders/ord-9", "", 404},
		{"GET", "/orders?status=lost", "", 400},
		{"GET", "/orders?min_gross=much", "", 400},
		{"GET", "/customers/top?n=0", "", 400},
		{"POST", "/orders/ord-000001/status/lost", "", 400},
		{"POST", "/orders/ord-000001/status/shipped", "", 409},
		{"POST", "/orders/ord-9/status/paid", "", 404},
		{"DELETE", "/orders", "", 405},
	} {
		if w := do(h, tt.method, tt.target, tt.body); w.Code != tt.code {
			t.Errorf("%s %s: got %d, want %d: %s", tt.method, tt.target, w.Code, tt.code, w.Body)
		}
	}
}

func TestListSeesChanges(t *testing.T) {
	h := newServer(t)
	do(h, "POST", "/orders", twoTeas)
	count := func(target string) int {
		var found []order.Order
		if err := json.Unmarshal(do(h, "GET", target, "").Body.Bytes(), &found); err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if n := count("/orders?status=paid"); n != 0 {
		t.Fatal(n)
	}
	if w := do(h, "POST", "/orders/ord-000001/status/paid", ""); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	for range 2 {
		if n := count("/orders?status=paid&customer=ada&country=DE&min_gross=1000"); n != 1 {
			t.Fatal(n)
		}
	}
}

func TestBatch(t *testing.T) {
	h := newServer(t)
	w := do(h, "POST", "/orders/batch", "["+twoTeas+`,{"customer":"bob"},`+twoTeas+"]")
	var reply struct {
		Accepted []worker.Result
		Rejected []string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatal(err)
	}
	if len(reply.Accepted) != 2 || reply.Accepted[0].Gross != 1313 || len(reply.Rejected) != 1 {
		t.Errorf("got %s", w.Body)
	}
}

func TestReports(t *testing.T) {
	h := newServer(t)
	for range 3 {
		do(h, "POST", "/orders", twoTeas)
	}
	if w := do(h, "GET", "/export.csv?country=DE", ""); strings.Count(w.Body.String(), "\n") != 4 {
		t.Errorf("got %s", w.Body)
	}
	if w := do(h, "GET", "/customers/top?n=1", ""); !strings.Contains(w.Body.String(), `"orders":3`) {
		t.Errorf("got %s", w.Body)
	}
	if w := do(h, "GET", "/metrics", ""); !strings.Contains(w.Body.String(), `latency{route="create",code="200"} count=3`) {
		t.Errorf("got %s", w.Body)
	}
}

func BenchmarkCreate(b *testing.B) {
	h := newServer(b)
	b.ReportAllocs()
	for b.Loop() {
		if w := do(h, "POST", "/orders", twoTeas); w.Code != http.StatusCreated {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkList(b *testing.B) {
	for _, name := range []string{"cached", "fresh"} {
		b.Run(name, func(b *testing.B) {
			h := newServer(b)
			for range 200 {
				do(h, "POST", "/orders", twoTeas)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				target := "/orders?customer=ada"
				if name == "fresh" {
					n++
					target = fmt.Sprintf("/orders?customer=ada&min_gross=%d", n%1000)
				}
				if w := do(h, "GET", target, ""); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
