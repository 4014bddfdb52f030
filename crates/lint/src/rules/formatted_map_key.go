package facts

import (
	"fmt"
	"testing"
)

type key struct {
	host string
	port int
}

var sink int

var (
	host      = "db-17.example.org"
	port      = 5432
	formatted = map[string]int{"db-17.example.org:5432": 1, "b:1": 2}
	joined    = map[string]int{"db-17.example.orgpostgresql": 1, "b": 2}
	structs   = map[key]int{{"db-17.example.org", 5432}: 1, {"b", 1}: 2}
	arrays    = map[[2]string]int{{"db-17.example.org", "postgresql"}: 1, {"b", ""}: 2}
	scheme    = "postgresql"
)

func BenchmarkSprintf(b *testing.B) {
	for b.Loop() {
		sink += formatted[fmt.Sprintf("%s:%d", host, port)]
	}
}

func BenchmarkStruct(b *testing.B) {
	for b.Loop() {
		sink += structs[key{host, port}]
	}
}

func BenchmarkConcat(b *testing.B) {
	for b.Loop() {
		sink += joined[host+scheme]
	}
}

func BenchmarkArray(b *testing.B) {
	for b.Loop() {
		sink += arrays[[2]string{host, scheme}]
	}
}
