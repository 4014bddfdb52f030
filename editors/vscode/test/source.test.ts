import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarkAt, benchmarks, structsAt } from '../src/source';

const TESTS = `package p

func BenchmarkOne(b *testing.B) {
	for b.Loop() {
		one()
	}
}

func Benchmarking(b *testing.B) {
}

func BenchmarkÄ(b *testing.B) {}

func helper() {
	_ = "func BenchmarkNone("
}
`;

test('benchmarks and their lines', () => {
  assert.deepEqual(benchmarks(TESTS), [
    { name: 'BenchmarkOne', first: 2, last: 6 },
    { name: 'BenchmarkÄ', first: 11, last: 11 },
  ]);
  assert.deepEqual(benchmarks(TESTS.replaceAll('\n', '\r\n')), benchmarks(TESTS));
  const names = TESTS.split('\n').map((_, line) => benchmarkAt(TESTS, line) ?? '');
  assert.deepEqual(names.slice(1, 13), ['', ...Array(5).fill('BenchmarkOne'), '', '', '', '', 'BenchmarkÄ', '']);
});

test('a benchmark that is being typed ends with the file', () => {
  assert.equal(benchmarkAt('func BenchmarkX(b *testing.B) {\n\tx(', 1), 'BenchmarkX');
  assert.equal(benchmarkAt('', 0), undefined);
});

const STRUCTS = `type A struct {
	a bool
	b struct { // inner
		c int
	}
	d bool
}

type (
	B[T any] struct {
		e T
	}
)

type C struct{}
`;

test('structs around a line, the innermost first', () => {
  const found = STRUCTS.split('\n').map((_, line) => structsAt(STRUCTS, line));
  assert.deepEqual(found.slice(0, 7), [[0], [0], [2, 0], [2, 0], [2, 0], [0], [0]]);
  assert.deepEqual(found.slice(7, 13), [[], [], [9], [9], [9], []]);
  assert.deepEqual(structsAt(STRUCTS, 14), []);
  assert.deepEqual(structsAt(STRUCTS, 999), []);
});
