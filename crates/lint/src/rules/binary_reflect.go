package facts

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

type header struct {
	Kind, Flags uint16
	Length      uint32
	Offset      uint64
}

var (
	one     = header{1, 2, 3, 4}
	encoded = make([]byte, 16)
	out     = io.Discard
)

func BenchmarkWriteStruct(b *testing.B) {
	for b.Loop() {
		binary.Write(out, binary.LittleEndian, &one)
	}
}

func BenchmarkAppendFields(b *testing.B) {
	buf := make([]byte, 0, 16)
	for b.Loop() {
		buf = binary.LittleEndian.AppendUint16(buf[:0], one.Kind)
		buf = binary.LittleEndian.AppendUint16(buf, one.Flags)
		buf = binary.LittleEndian.AppendUint32(buf, one.Length)
		buf = binary.LittleEndian.AppendUint64(buf, one.Offset)
		out.Write(buf)
	}
}

func BenchmarkReadStruct(b *testing.B) {
	r := bytes.NewReader(encoded)
	for b.Loop() {
		r.Reset(encoded)
		binary.Read(r, binary.LittleEndian, &one)
	}
}

func BenchmarkDecodeFields(b *testing.B) {
	r := bytes.NewReader(encoded)
	buf := make([]byte, 16)
	for b.Loop() {
		r.Reset(encoded)
		io.ReadFull(r, buf)
		one.Kind = binary.LittleEndian.Uint16(buf)
		one.Flags = binary.LittleEndian.Uint16(buf[2:])
		one.Length = binary.LittleEndian.Uint32(buf[4:])
		one.Offset = binary.LittleEndian.Uint64(buf[8:])
	}
}

func BenchmarkWriteInt(b *testing.B) {
	v := uint32(7)
	for b.Loop() {
		binary.Write(out, binary.LittleEndian, v)
	}
}

type id uint32

func BenchmarkWriteNamedInt(b *testing.B) {
	v := id(7)
	for b.Loop() {
		binary.Write(out, binary.LittleEndian, v)
	}
}
