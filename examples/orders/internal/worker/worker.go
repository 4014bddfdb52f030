// Package worker runs jobs on a fixed number of goroutines.
package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"example.com/orders/internal/order"
)

// ErrClosed is returned for a job that comes after Close.
var ErrClosed = errors.New("worker pool is closed")

// Pool runs jobs. It is safe for concurrent use.
type Pool struct {
	jobs chan func()
	wg   sync.WaitGroup

	mu     sync.RWMutex
	closed bool
}

// New starts a pool of n workers.
func New(n int) *Pool {
	p := &Pool{jobs: make(chan func(), n)}
	for range n {
		p.wg.Add(1)
		go func() {
			defer p.wg.Done()
			for job := range p.jobs {
				job()
			}
		}()
	}
	return p
}

// Submit queues a job; it waits while all workers are busy.
func (p *Pool) Submit(job func()) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return ErrClosed
	}
	p.jobs <- job
	return nil
}

// Close waits for the jobs that were submitted and ends the workers.
func (p *Pool) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.jobs)
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// Result is what became of one order of a batch.
type Result struct {
	ID    string      `json:"id"`
	Gross order.Money `json:"gross"`
	Err   error       `json:"-"`
}

// Process applies step to each order and returns the results in the orders'
// order. A cancelled context ends it early.
func (p *Pool) Process(ctx context.Context, orders []*order.Order, step func(*order.Order) error) ([]Result, error) {
	type numbered struct {
		index  int
		result *Result
	}
	done := make(chan numbered, len(orders))
	for i, o := range orders {
		err := p.Submit(func() {
			result := &Result{ID: o.ID}
			if err := ctx.Err(); err != nil {
				result.Err = err
			} else if err := step(o); err != nil {
				result.Err = fmt.Errorf("order %s: %w", o.ID, err)
			}
			result.Gross = o.Totals.Gross()
			done <- numbered{i, result}
		})
		if err != nil {
			return nil, err
		}
	}
	results := make([]Result, len(orders))
	for range orders {
		n := <-done
		results[n.index] = *n.result
	}
	return results, ctx.Err()
}
