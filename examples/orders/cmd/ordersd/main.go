// Command ordersd serves the order API.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/signal"
	"runtime"
	"time"

	"example.com/orders/internal/cache"
	"example.com/orders/internal/httpapi"
	"example.com/orders/internal/metrics"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/shipping"
	"example.com/orders/internal/store"
	"example.com/orders/internal/worker"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "where to serve the API")
	debug := flag.String("debug", "localhost:6060", "where to serve profiles; empty for nowhere")
	flush := flag.Duration("flush", time.Minute, "how often to log the metrics")
	slow := flag.Duration("slow-carrier", 0, "ask a carrier too that takes this long to answer")
	flag.Parse()
	if err := run(*addr, *debug, *flush, *slow); err != nil {
		log.Fatal(err)
	}
}

func run(addr, debug string, flush, slow time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	pool := worker.New(runtime.GOMAXPROCS(0))
	defer pool.Close()
	registry := metrics.NewRegistry()
	api := &httpapi.Server{
		Store:   store.New(),
		Engine:  newEngine(),
		Board:   newBoard(slow),
		Pool:    pool,
		Cache:   cache.New(1000, 10*time.Second),
		Metrics: registry,
		Log:     log.Default(),
		Now:     time.Now,
	}
	go func() {
		if err := registry.Flush(os.Stderr, flush, ctx.Done()); err != nil {
			log.Print(err)
		}
	}()
	if debug != "" {
		go func() { log.Print(http.ListenAndServe(debug, nil)) }()
	}

	server := &http.Server{Addr: addr, Handler: api.Handler(), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	log.Printf("serving on http://%s", addr)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newEngine() *pricing.Engine {
	engine := pricing.NewEngine([]pricing.Product{
		{SKU: "tea", Title: "Assam tea", Class: "food", Price: 450, WeightGrams: 250, BulkFrom: 10, BulkPercent: 8},
		{SKU: "cup", Title: "Cup", Class: "tools", Price: 900, WeightGrams: 400},
		{SKU: "pot", Title: "Teapot", Class: "tools", Price: 3900, WeightGrams: 1400},
		{SKU: "book", Title: "The Book of Tea", Class: "books", Price: 1200, WeightGrams: 300},
	})
	for country, percents := range map[string][3]int{"DE": {7, 19, 7}, "FR": {5, 20, 5}, "GB": {0, 20, 0}} {
		engine.SetTax(country, "food", percents[0])
		engine.SetTax(country, "tools", percents[1])
		engine.SetTax(country, "books", percents[2])
	}
	return engine
}

func newBoard(slow time.Duration) *shipping.Board {
	carriers := []shipping.Carrier{
		shipping.FlatRate{Name: "post", Base: 300, PerKilo: 50, Abroad: 900, Home: "DE", Days: 3},
		shipping.FlatRate{Name: "courier", Base: 800, PerKilo: 20, Abroad: 100, Home: "DE", Days: 1},
	}
	if slow > 0 {
		barge := shipping.FlatRate{Name: "barge", Base: 100, PerKilo: 5, Abroad: 300, Home: "DE", Days: 14}
		carriers = append(carriers, delayed{barge, slow})
	}
	return shipping.NewBoard(carriers...)
}

// delayed is a carrier that thinks before it answers.
type delayed struct {
	shipping.Carrier
	by time.Duration
}

func (d delayed) Quote(grams int, to order.Address) (shipping.Quote, error) {
	time.Sleep(d.by)
	return d.Carrier.Quote(grams, to)
}
