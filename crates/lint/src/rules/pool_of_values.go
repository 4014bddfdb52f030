package facts

import (
	"sync"
	"testing"
)

var values = sync.Pool{New: func() any { return make([]byte, 0, 64) }}

var pointers = sync.Pool{New: func() any { b := make([]byte, 0, 64); return &b }}

type large [16]int

var structs = sync.Pool{New: func() any { return large{} }}

var structPointers = sync.Pool{New: func() any { return new(large) }}

func BenchmarkValue(b *testing.B) {
	for b.Loop() {
		s := values.Get().([]byte)
		s = append(s[:0], 1)
		values.Put(s)
	}
}

func BenchmarkPointer(b *testing.B) {
	for b.Loop() {
		s := pointers.Get().(*[]byte)
		*s = append((*s)[:0], 1)
		pointers.Put(s)
	}
}

func BenchmarkNewAddress(b *testing.B) {
	for b.Loop() {
		s := *pointers.Get().(*[]byte)
		s = append(s[:0], 1)
		pointers.Put(&s)
	}
}

func BenchmarkStruct(b *testing.B) {
	for b.Loop() {
		s := structs.Get().(large)
		s[0]++
		structs.Put(s)
	}
}

func BenchmarkStructPointer(b *testing.B) {
	for b.Loop() {
		s := structPointers.Get().(*large)
		s[0]++
		structPointers.Put(s)
	}
}
