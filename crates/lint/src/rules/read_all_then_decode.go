package facts

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"io"
	"testing"
)

type item struct {
	ID   int
	Name string
}

type list struct{ Items []item }

var (
	asJSON, asXML, zipped []byte
	sink                  list
)

func init() {
	var all list
	for i := range 10_000 {
		all.Items = append(all.Items, item{i, "a name of some length"})
	}
	asJSON, _ = json.Marshal(all)
	asXML, _ = xml.Marshal(all)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(asJSON)
	z.Close()
	zipped = b.Bytes()
}

// As a file or connection gives it: the length is not known.
type source struct{ r bytes.Reader }

func (s *source) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), 4096)]) }

func from(b []byte) io.Reader {
	s := new(source)
	s.r.Reset(b)
	return s
}

func BenchmarkJSONReadAll(b *testing.B) {
	for b.Loop() {
		text, _ := io.ReadAll(from(asJSON))
		sink = list{}
		json.Unmarshal(text, &sink)
	}
}

func BenchmarkJSONDecoder(b *testing.B) {
	for b.Loop() {
		sink = list{}
		json.NewDecoder(from(asJSON)).Decode(&sink)
	}
}

func BenchmarkXMLReadAll(b *testing.B) {
	for b.Loop() {
		text, _ := io.ReadAll(from(asXML))
		sink = list{}
		xml.Unmarshal(text, &sink)
	}
}

func BenchmarkXMLDecoder(b *testing.B) {
	for b.Loop() {
		sink = list{}
		xml.NewDecoder(from(asXML)).Decode(&sink)
	}
}

func BenchmarkGzipReadAll(b *testing.B) {
	for b.Loop() {
		text, _ := io.ReadAll(from(zipped))
		z, _ := gzip.NewReader(bytes.NewReader(text))
		io.Copy(io.Discard, z)
	}
}

func BenchmarkGzipStream(b *testing.B) {
	for b.Loop() {
		z, _ := gzip.NewReader(from(zipped))
		io.Copy(io.Discard, z)
	}
}
