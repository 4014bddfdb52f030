package facts

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

var (
	text = "a text of forty bytes that is written on"
	raw  = []byte(text)
)

//go:noinline
func writeConverted(w *bufio.Writer, s string) { w.Write([]byte(s)) }

//go:noinline
func writeString(w *bufio.Writer, s string) { w.WriteString(s) }

//go:noinline
func writeStringConverted(w *bytes.Buffer, b []byte) { w.WriteString(string(b)) }

//go:noinline
func write(w *bytes.Buffer, b []byte) { w.Write(b) }

func BenchmarkWriteConverted(b *testing.B) {
	w := bufio.NewWriter(io.Discard)
	for b.Loop() {
		writeConverted(w, text)
	}
}

func BenchmarkWriteString(b *testing.B) {
	w := bufio.NewWriter(io.Discard)
	for b.Loop() {
		writeString(w, text)
	}
}

func BenchmarkBufferConverted(b *testing.B) {
	w := new(bytes.Buffer)
	for b.Loop() {
		w.Reset()
		writeStringConverted(w, raw)
	}
}

func BenchmarkBufferWrite(b *testing.B) {
	w := new(bytes.Buffer)
	for b.Loop() {
		w.Reset()
		write(w, raw)
	}
}
