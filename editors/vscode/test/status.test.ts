import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Status, ago, statusView } from '../src/status';

const READY: Status = {
  state: 'ready',
  engine: 'native',
  problems: [],
  broken: [],
  profiles: [],
  profileAgeMinutes: null,
};

function view(status: Partial<Status>) {
  return statusView({ phase: 'running', status: { ...READY, ...status } });
}

test('states have icons', () => {
  assert.deepEqual(
    [view({}), view({ state: 'busy' }), view({ state: 'error' })].map((it) => [it.text, it.isWarning]),
    [
      ['$(flame) goperf', false],
      ['$(sync~spin) goperf', false],
      ['$(warning) goperf', true],
    ],
  );
  assert.equal(statusView({ phase: 'starting' }).isWarning, false);
  assert.deepEqual(statusView({ phase: 'stopped', why: 'no program' }), {
    text: '$(error) goperf',
    tooltip: 'no program',
    isWarning: true,
  });
});

test('the tooltip names the engine, the profiles and their age', () => {
  assert.match(view({}).tooltip, /model of the inliner.*\n\nNo profile is attached\.$/s);
  assert.match(view({ engine: 'compiler' }).tooltip, /compiler, at the last save/);
  const attached = view({ profiles: ['/p/cpu_1.prof', 'b'], profileAgeMinutes: 61 });
  assert.equal(attached.text, '$(flame) goperf 2');
  assert.match(attached.tooltip, /the oldest written 1 hour ago:\n\n- \/p\/cpu\\_1\.prof\n- b$/);
  assert.match(view({ profiles: ['http://x/'] }).tooltip, /Attached profiles:\n/);
});

test('problems come first, as text', () => {
  const { tooltip } = view({ state: 'error', problems: ['no `go`\nfound'], broken: ['[x](command:y)'] });
  assert.match(tooltip, /^- no \\`go\\` found\n- \\\[x\\\]\\\(command:y\\\)\n\n/);
});

test('ages', () => {
  const ages = [0, 1, 59, 60, 24 * 60 - 1, 24 * 60, 72 * 60].map(ago);
  const [first, ...rest] = ages;
  assert.equal(first, 'just now');
  assert.deepEqual(rest, ['1 minute ago', '59 minutes ago', '1 hour ago', '23 hours ago', '1 day ago', '3 days ago']);
});
