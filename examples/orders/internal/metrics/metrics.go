// Package metrics counts what the service does.
package metrics

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"time"
)

// Registry holds counters and timings by name and labels. It is safe for
// concurrent use.
type Registry struct {
	mu       sync.Mutex
	counters map[string]*series
}

type series struct {
	count int64
	sum   float64
	max   float64
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{counters: make(map[string]*series)}
}

// Inc adds one to a counter; labels come as name and value in turn.
func (r *Registry) Inc(name string, labels ...string) {
	r.Observe(name, 1, labels...)
}

// Observe adds a value to a series.
func (r *Registry) Observe(name string, value float64, labels ...string) {
	key := seriesKey(name, labels)
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.counters[key]
	if !ok {
		s = &series{}
		r.counters[key] = s
	}
	s.count++
	s.sum += value
	s.max = max(s.max, value)
}

// Since observes the time that has passed since start, in seconds.
func (r *Registry) Since(name string, start time.Time, labels ...string) {
	r.Observe(name, time.Since(start).Seconds(), labels...)
}

func seriesKey(name string, labels []string) string {
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	if len(pairs) == 0 {
		return name
	}
	return fmt.Sprintf("%s{%s}", name, strings.Join(pairs, ","))
}

// WriteTo writes all series as text, sorted by name.
func (r *Registry) WriteTo(w io.Writer) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := make([]string, 0, len(r.counters))
	for key := range r.counters {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var total int64
	for _, key := range keys {
		s := r.counters[key]
		n, err := fmt.Fprintf(w, "%s count=%d sum=%g max=%g\n", key, s.count, s.sum, s.max)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Flush writes all series to w every interval until stop is closed.
func (r *Registry) Flush(w io.Writer, interval time.Duration, stop <-chan struct{}) error {
	for {
		select {
		case <-time.After(interval):
			if _, err := r.WriteTo(w); err != nil {
				return err
			}
		case <-stop:
			return nil
		}
	}
}
