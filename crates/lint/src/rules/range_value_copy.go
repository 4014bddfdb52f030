package facts

import "testing"

type of128 struct {
	id   int
	name string
	rest [13]int
}

type of512 struct {
	id   int
	name string
	rest [61]int
}

var sink int

var (
	some128 = make([]of128, 100)
	some512 = make([]of512, 100)
)

//go:noinline
func add(n int) int { return n + 1 }

//go:noinline
func fieldsValue(all []of512) (n int) {
	for _, v := range all {
		n += v.id + len(v.name)
	}
	return n
}

//go:noinline
func fieldsPointer(all []of512) (n int) {
	for i := range all {
		v := &all[i]
		n += v.id + len(v.name)
	}
	return n
}

//go:noinline
func callValue(all []of512) (n int) {
	for _, v := range all {
		n += add(v.id) + len(v.name)
	}
	return n
}

//go:noinline
func callPointer(all []of512) (n int) {
	for i := range all {
		v := &all[i]
		n += add(v.id) + len(v.name)
	}
	return n
}

//go:noinline
func call128Value(all []of128) (n int) {
	for _, v := range all {
		n += add(v.id) + len(v.name)
	}
	return n
}

//go:noinline
func call128Pointer(all []of128) (n int) {
	for i := range all {
		v := &all[i]
		n += add(v.id) + len(v.name)
	}
	return n
}

//go:noinline
func sum(all []int) (n int) { return all[0] + all[3] }

//go:noinline
func indexValue(all []of512, at int) (n int) {
	for _, v := range all {
		n += v.rest[at]
	}
	return n
}

//go:noinline
func indexPointer(all []of512, at int) (n int) {
	for i := range all {
		v := &all[i]
		n += v.rest[at]
	}
	return n
}

//go:noinline
func sliceValue(all []of512) (n int) {
	for _, v := range all {
		n += sum(v.rest[:])
	}
	return n
}

//go:noinline
func slicePointer(all []of512) (n int) {
	for i := range all {
		v := &all[i]
		n += sum(v.rest[:])
	}
	return n
}

func BenchmarkFieldsValue(b *testing.B) {
	for b.Loop() {
		sink += fieldsValue(some512)
	}
}
func BenchmarkFieldsPointer(b *testing.B) {
	for b.Loop() {
		sink += fieldsPointer(some512)
	}
}
func BenchmarkCallValue(b *testing.B) {
	for b.Loop() {
		sink += callValue(some512)
	}
}
func BenchmarkCallPointer(b *testing.B) {
	for b.Loop() {
		sink += callPointer(some512)
	}
}
func BenchmarkCall128Value(b *testing.B) {
	for b.Loop() {
		sink += call128Value(some128)
	}
}
func BenchmarkCall128Pointer(b *testing.B) {
	for b.Loop() {
		sink += call128Pointer(some128)
	}
}
func BenchmarkIndexValue(b *testing.B) {
	for b.Loop() {
		sink += indexValue(some512, 3)
	}
}
func BenchmarkIndexPointer(b *testing.B) {
	for b.Loop() {
		sink += indexPointer(some512, 3)
	}
}
func BenchmarkSliceValue(b *testing.B) {
	for b.Loop() {
		sink += sliceValue(some512)
	}
}
func BenchmarkSlicePointer(b *testing.B) {
	for b.Loop() {
		sink += slicePointer(some512)
	}
}
