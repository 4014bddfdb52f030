// Package httpapi is the service's face: orders as JSON over HTTP.
package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/orders/internal/cache"
	"example.com/orders/internal/export"
	"example.com/orders/internal/metrics"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/shipping"
	"example.com/orders/internal/store"
	"example.com/orders/internal/worker"
)

const (
	maxBody     = 1 << 20
	quoteWindow = 200 * time.Millisecond
)

// Logger is the part of log.Logger that the server needs.
type Logger interface {
	Printf(format string, args ...any)
}

// Server answers requests. All fields must be set.
type Server struct {
	Store    *store.Store
	Engine   *pricing.Engine
	Board    *shipping.Board
	Pool     *worker.Pool
	Cache    *cache.Cache
	Metrics  *metrics.Registry
	Log      Logger
	Now      func() time.Time
	Sequence order.Sequence
}

// Handler routes requests to the server's methods.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /orders", s.route("create", s.create))
	mux.Handle("POST /orders/batch", s.route("batch", s.batch))
	mux.Handle("GET /orders", s.route("list", s.list))
	mux.Handle("GET /orders/{id}", s.route("get", s.get))
	mux.Handle("POST /orders/{id}/status/{status}", s.route("status", s.setStatus))
	mux.Handle("GET /customers/top", s.route("top", s.topCustomers))
	mux.Handle("GET /export.csv", s.route("export", s.exportCSV))
	mux.Handle("GET /metrics", s.route("metrics", s.metricsText))
	return mux
}

// httpError is an error with the code that the client shall see.
type httpError struct {
	code int
	err  error
}

func (e *httpError) Error() string { return e.err.Error() }

func (e *httpError) Unwrap() error { return e.err }

func badRequest(err error) error {
	return &httpError{http.StatusBadRequest, err}
}

// route turns a method that may fail into a handler that counts and logs.
func (s *Server) route(name string, serve func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		code := http.StatusOK
		if err := serve(w, r); err != nil {
			code = codeOf(err)
			http.Error(w, err.Error(), code)
		}
		s.Metrics.Observe("latency", s.Now().Sub(start).Seconds(), "route", name, "code", strconv.Itoa(code))
		s.Log.Printf("%s %s %d %v", r.Method, r.URL.Path, code, s.Now().Sub(start))
	})
}

func codeOf(err error) int {
	var he *httpError
	switch {
	case errors.As(err, &he):
		return he.code
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, shipping.ErrNoOffer):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) error {
	var o order.Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&o); err != nil {
		return badRequest(err)
	}
	if err := s.accept(r.Context(), &o); err != nil {
		return err
	}
	s.Cache.Clear()
	return respond(w, http.StatusCreated, o)
}

// accept prices and stores a new order.
func (s *Server) accept(ctx context.Context, o *order.Order) error {
	if err := o.Validate(); err != nil {
		return badRequest(err)
	}
	if err := s.Engine.Price(o); err != nil {
		return badRequest(err)
	}
	ctx, cancel := context.WithTimeout(ctx, quoteWindow)
	defer cancel()
	quote, err := s.Board.Cheapest(ctx, o.Weight(), o.ShipTo)
	if err != nil {
		return err
	}
	o.ID = s.Sequence.Next()
	o.Status = order.New
	o.Created = s.Now()
	o.Totals.Shipping = quote.Price
	s.Store.Put(*o)
	return nil
}

type batchReply struct {
	Accepted []worker.Result `json:"accepted"`
	Rejected []string        `json:"rejected"`
}

func (s *Server) batch(w http.ResponseWriter, r *http.Request) error {
	var orders []*order.Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&orders); err != nil {
		return badRequest(err)
	}
	results, err := s.Pool.Process(r.Context(), orders, func(o *order.Order) error {
		return s.accept(r.Context(), o)
	})
	if err != nil {
		return err
	}
	var reply batchReply
	for i, result := range results {
		if result.Err != nil {
			reply.Rejected = append(reply.Rejected, result.Err.Error())
			continue
		}
		result.ID = orders[i].ID
		reply.Accepted = append(reply.Accepted, result)
	}
	s.Cache.Clear()
	return respond(w, http.StatusOK, reply)
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Store.Get(r.PathValue("id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, o)
}

func (s *Server) setStatus(w http.ResponseWriter, r *http.Request) error {
	next, err := order.ParseStatus(r.PathValue("status"))
	if err != nil {
		return badRequest(err)
	}
	o, err := s.Store.SetStatus(r.PathValue("id"), next)
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			return err
		}
		return &httpError{http.StatusConflict, err}
	}
	s.Cache.Clear()
	return respond(w, http.StatusOK, o)
}

// query is what the answer to a list request depends on.
type query struct {
	customer string
	country  string
	status   string
	minGross string
}

func (q query) filter() (store.Filter, error) {
	f := store.Filter{Customer: q.customer, Country: q.country}
	if q.status != "" {
		status, err := order.ParseStatus(q.status)
		if err != nil {
			return f, err
		}
		f.Status = &status
	}
	if q.minGross != "" {
		cents, err := strconv.ParseInt(q.minGross, 10, 64)
		if err != nil {
			return f, fmt.Errorf("min_gross: %w", err)
		}
		f.MinGross = order.Money(cents)
	}
	return f, nil
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	q := query{
		customer: values.Get("customer"),
		country:  values.Get("country"),
		status:   values.Get("status"),
		minGross: values.Get("min_gross"),
	}
	if found, ok := s.Cache.Get(q); ok {
		return respond(w, http.StatusOK, found)
	}
	filter, err := q.filter()
	if err != nil {
		return badRequest(err)
	}
	found := s.Store.List(filter)
	s.Cache.Put(q, found)
	return respond(w, http.StatusOK, found)
}

func (s *Server) topCustomers(w http.ResponseWriter, r *http.Request) error {
	n := 10
	if text := r.URL.Query().Get("n"); text != "" {
		parsed, err := strconv.Atoi(text)
		if err != nil || parsed < 1 {
			return badRequest(fmt.Errorf("n is %q", text))
		}
		n = parsed
	}
	return respond(w, http.StatusOK, s.Store.TopCustomers(n))
}

func (s *Server) exportCSV(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv")
	return export.CSV(w, s.Store.List(store.Filter{Country: r.URL.Query().Get("country")}))
}

func (s *Server) metricsText(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain")
	_, err := s.Metrics.WriteTo(w)
	return err
}
