import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byLevel, colorOf, type HeatLine, LEVELS, levelOf } from '../src/heat';

const line = (at: number, share: number): HeatLine => ({ line: at, share, label: '', tooltip: '' });

test('hotter lines have stronger bands, and only hot ones marks', () => {
  const shares = [0, 0.01, 0.03, 0.099, 0.1, 0.25, 0.5, 1];
  assert.deepEqual(shares.map(levelOf), [0, 0, 1, 1, 2, 3, 4, 4]);
  for (let at = 1; at < LEVELS.length; at++) {
    const [colder, hotter] = [LEVELS[at - 1], LEVELS[at]] as [(typeof LEVELS)[0], (typeof LEVELS)[0]];
    assert.ok(colder.from < hotter.from && colder.opacity < hotter.opacity);
    assert.ok(!colder.isMarked || hotter.isMarked);
  }
  // Text stays readable on every band.
  assert.ok(LEVELS.every((level) => level.opacity < 0.3));
  assert.notEqual(colorOf(LEVELS[0]!, true), colorOf(LEVELS[0]!, false));
});

test('lines are divided by level; those outside of the text are left out', () => {
  const levels = byLevel([line(3, 0.6), line(4, 0.02), line(9, 0.6), line(10, 0.6), line(-1, 1), line(1.5, 1)], 10);
  assert.deepEqual(levels.map((it) => it.map(({ line }) => line)), [[4], [], [], [], [3, 9]]);
  assert.deepEqual(byLevel([line(0, Number.NaN)], 1)[0]?.length, 1);
});

test('no profiles, no bands', () => {
  for (const nothing of [null, undefined, []]) assert.equal(byLevel(nothing, 100).flat().length, 0);
});
