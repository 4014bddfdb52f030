// Package cache keeps the most recently used results of queries for a while.
package cache

import (
	"container/list"
	"sync"
	"time"
)

// Cache is a bounded map whose entries age. It is safe for concurrent use.
type Cache struct {
	mu      sync.Mutex
	size    int
	ttl     time.Duration
	now     func() time.Time
	recent  *list.List
	entries map[any]*list.Element
	hits    int64
	misses  int64
}

type entry struct {
	key     any
	value   any
	expires time.Time
}

// New makes a cache of at most size entries, each good for ttl.
func New(size int, ttl time.Duration) *Cache {
	return &Cache{
		size:    size,
		ttl:     ttl,
		now:     time.Now,
		recent:  list.New(),
		entries: make(map[any]*list.Element),
	}
}

// Get returns the value of a key, if it is there and still good.
func (c *Cache) Get(key any) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[key]
	if !ok {
		c.misses++
		return nil, false
	}
	e := element.Value.(entry)
	if c.now().After(e.expires) {
		c.remove(element)
		c.misses++
		return nil, false
	}
	c.recent.MoveToFront(element)
	c.hits++
	return e.value, true
}

// Put sets the value of a key and drops the entry that was not used for longest.
func (c *Cache) Put(key, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := entry{key: key, value: value, expires: c.now().Add(c.ttl)}
	if element, ok := c.entries[key]; ok {
		element.Value = e
		c.recent.MoveToFront(element)
		return
	}
	c.entries[key] = c.recent.PushFront(e)
	if c.recent.Len() > c.size {
		c.remove(c.recent.Back())
	}
}

// Clear forgets everything.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recent.Init()
	clear(c.entries)
}

// Stats returns how often Get found something, and how often not.
func (c *Cache) Stats() (hits, misses int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hits, c.misses
}

func (c *Cache) remove(element *list.Element) {
	e := c.recent.Remove(element).(entry)
	delete(c.entries, e.key)
}
