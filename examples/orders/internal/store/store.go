// Package store keeps orders in memory, split into shards so that writers
// seldom wait for each other.
package store

import (
	"errors"
	"fmt"
	"hash/fnv"
	"sort"
	"sync"

	"example.com/orders/internal/order"
)

// ErrNotFound is returned for an id that the store does not have.
var ErrNotFound = errors.New("no such order")

const shardCount = 16

type shard struct {
	mu     sync.RWMutex
	orders map[string]*order.Order
}

// Store holds orders by id. It is safe for concurrent use.
type Store struct {
	shards [shardCount]shard
}

// New makes an empty store.
func New() *Store {
	s := &Store{}
	for i := range s.shards {
		s.shards[i].orders = make(map[string]*order.Order)
	}
	return s
}

func (s *Store) shardOf(id string) *shard {
	h := fnv.New32a()
	h.Write([]byte(id))
	return &s.shards[h.Sum32()%shardCount]
}

// Put adds or replaces an order.
func (s *Store) Put(o order.Order) {
	sh := s.shardOf(o.ID)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.orders[o.ID] = &o
}

// Get returns a copy of an order.
func (s *Store) Get(id string) (order.Order, error) {
	sh := s.shardOf(id)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	o, ok := sh.orders[id]
	if !ok {
		return order.Order{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return *o, nil
}

// SetStatus moves an order on, if it may go there.
func (s *Store) SetStatus(id string, next order.Status) (order.Order, error) {
	sh := s.shardOf(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	o, ok := sh.orders[id]
	if !ok {
		return order.Order{}, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	if !o.Status.CanBecome(next) {
		return order.Order{}, fmt.Errorf("%s is %v and cannot become %v", id, o.Status, next)
	}
	changed := *o
	changed.Status = next
	sh.orders[id] = &changed
	return changed, nil
}

// Filter says which orders are wanted; zero values do not restrict.
type Filter struct {
	Customer string
	Country  string
	Status   *order.Status
	MinGross order.Money
}

func (f Filter) matches(o order.Order) bool {
	if f.Customer != "" && o.Customer != f.Customer {
		return false
	}
	if f.Country != "" && o.ShipTo.Country != f.Country {
		return false
	}
	if f.Status != nil && o.Status != *f.Status {
		return false
	}
	return o.Totals.Gross() >= f.MinGross
}

// List returns the orders that match, by id.
func (s *Store) List(f Filter) []order.Order {
	var found []order.Order
	s.each(func(o *order.Order) {
		if f.matches(*o) {
			found = append(found, *o)
		}
	})
	sort.Slice(found, func(i, j int) bool { return found[i].ID < found[j].ID })
	return found
}

// CustomerTotal is what one customer ordered so far.
type CustomerTotal struct {
	Customer string      `json:"customer"`
	Orders   int         `json:"orders"`
	Gross    order.Money `json:"gross"`
}

// TopCustomers returns the n customers with the highest totals.
func (s *Store) TopCustomers(n int) []CustomerTotal {
	totals := make(map[string]*CustomerTotal)
	s.each(func(o *order.Order) {
		if o.Status == order.Cancelled {
			return
		}
		if _, ok := totals[o.Customer]; !ok {
			totals[o.Customer] = &CustomerTotal{Customer: o.Customer}
		}
		totals[o.Customer].Orders++
		totals[o.Customer].Gross += o.Totals.Gross()
	})
	var ranked []CustomerTotal
	for _, total := range totals {
		ranked = append(ranked, *total)
	}
	sort.Slice(ranked, func(i, j int) bool {
		if ranked[i].Gross != ranked[j].Gross {
			return ranked[i].Gross > ranked[j].Gross
		}
		return ranked[i].Customer < ranked[j].Customer
	})
	return ranked[:min(n, len(ranked))]
}

// Len is the number of orders.
func (s *Store) Len() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.RLock()
		n += len(sh.orders)
		sh.mu.RUnlock()
	}
	return n
}

func (s *Store) each(visit func(*order.Order)) {
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.RLock()
		for _, o := range sh.orders {
			visit(o)
		}
		sh.mu.RUnlock()
	}
}
