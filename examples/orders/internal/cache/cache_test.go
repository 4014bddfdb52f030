package cache

import (
	"testing"
	"time"
)

type key struct {
	customer string
	page     int
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	c := New(2, time.Hour)
	c.Put(key{"ada", 1}, "a")
	c.Put(key{"bob", 1}, "b")
	c.Get(key{"ada", 1})
	c.Put(key{"cy", 1}, "c")
	if _, ok := c.Get(key{"bob", 1}); ok {
		t.Error("bob is still there")
	}
	if v, ok := c.Get(key{"ada", 1}); !ok || v != "a" {
		t.Errorf("got %v, %v", v, ok)
	}
	if hits, misses := c.Stats(); hits != 2 || misses != 1 {
		t.Errorf("got %d hits, %d misses", hits, misses)
	}
}

func TestEntriesExpire(t *testing.T) {
	c := New(2, time.Minute)
	clock := time.Unix(1000, 0)
	c.now = func() time.Time { return clock }
	c.Put("k", 1)
	clock = clock.Add(2 * time.Minute)
	if _, ok := c.Get("k"); ok {
		t.Error("an old entry was returned")
	}
	c.Put("k", 2)
	c.Put("k", 3)
	if v, _ := c.Get("k"); v != 3 {
		t.Errorf("got %v", v)
	}
	c.Clear()
	if _, ok := c.Get("k"); ok {
		t.Error("a cleared entry was returned")
	}
}

func BenchmarkGet(b *testing.B) {
	c := New(1000, time.Hour)
	for i := range 1000 {
		c.Put(key{"ada", i}, i)
	}
	b.ReportAllocs()
	page := 0
	for b.Loop() {
		page = (page + 1) % 1000
		if _, ok := c.Get(key{"ada", page}); !ok {
			b.Fatal(page)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	c := New(100, time.Hour)
	b.ReportAllocs()
	page := 0
	for b.Loop() {
		page++
		c.Put(key{"ada", page}, page)
	}
}
