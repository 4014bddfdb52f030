package facts

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"
)

var line = []byte("fifteen letters\n")

func file(b *testing.B) *os.File {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

func BenchmarkUnbuffered(b *testing.B) {
	f := file(b)
	for b.Loop() {
		f.Seek(0, 0)
		for range 100 {
			f.Write(line)
		}
	}
}

func BenchmarkBuffered(b *testing.B) {
	f := file(b)
	for b.Loop() {
		f.Seek(0, 0)
		w := bufio.NewWriter(f)
		for range 100 {
			w.Write(line)
		}
		w.Flush()
	}
}
