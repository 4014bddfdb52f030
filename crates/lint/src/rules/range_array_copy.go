package facts

import "testing"

var sink int

var table [512]int64

func init() { table[3] = 1 }

func BenchmarkWholeCopied(b *testing.B) {
	for b.Loop() {
		for _, v := range table {
			sink += int(v)
		}
	}
}

func BenchmarkWholeInPlace(b *testing.B) {
	for b.Loop() {
		for _, v := range &table {
			sink += int(v)
		}
	}
}

func BenchmarkFoundCopied(b *testing.B) {
	for b.Loop() {
		for i, v := range table {
			if v != 0 {
				sink += i
				break
			}
		}
	}
}

func BenchmarkFoundInPlace(b *testing.B) {
	for b.Loop() {
		for i, v := range &table {
			if v != 0 {
				sink += i
				break
			}
		}
	}
}
