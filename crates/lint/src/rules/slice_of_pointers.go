package facts

import "testing"

type item struct {
	id, price, count int
	next             int
}

var (
	pointers []*item
	values   []item
)

func BenchmarkPointers(b *testing.B) {
	for b.Loop() {
		items := make([]*item, 0, 1000)
		for i := range 1000 {
			items = append(items, &item{id: i})
		}
		pointers = items
	}
}

func BenchmarkValues(b *testing.B) {
	for b.Loop() {
		items := make([]item, 0, 1000)
		for i := range 1000 {
			items = append(items, item{id: i})
		}
		values = items
	}
}

func BenchmarkPointersIntoOne(b *testing.B) {
	for b.Loop() {
		all := make([]item, 1000)
		items := make([]*item, 0, 1000)
		for i := range all {
			all[i].id = i
			items = append(items, &all[i])
		}
		pointers = items
	}
}
