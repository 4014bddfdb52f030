package facts

import (
	"io"
	"testing"
)

type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) {
	c.n += len(b)
	return len(b), nil
}

func (c *counter) WriteString(s string) (int, error) {
	c.n += len(s)
	return len(s), nil
}

var writers = []io.Writer{&counter{}, io.Discard}

var line = []byte("HTTP/1.1 100 Continue\r\n\r\n")

func BenchmarkEachTime(b *testing.B) {
	w := writers[0]
	for b.Loop() {
		w.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	}
}

func BenchmarkKept(b *testing.B) {
	w := writers[0]
	for b.Loop() {
		w.Write(line)
	}
}

func BenchmarkWriteString(b *testing.B) {
	w := writers[0]
	for b.Loop() {
		io.WriteString(w, "HTTP/1.1 100 Continue\r\n\r\n")
	}
}
