import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDocument, isShownByServer, REQUEST_FAILED, SERVER_COMMANDS, urlProblem } from '../src/commands';

test('failures are shown once', () => {
  const { attach, benchmark, compare, explain, reorder, detach } = SERVER_COMMANDS;
  const shown = [attach, benchmark, compare, explain, reorder, detach].map((it) => isShownByServer(it, REQUEST_FAILED));
  assert.deepEqual(shown, [true, true, true, false, false, false]);
  assert.equal(isShownByServer(attach, -32602), false);
  assert.equal(isShownByServer(attach, undefined), false);
});

test('explanations are documents, other messages are not', () => {
  assert.equal(isDocument('goperf: attached 1 profile\n'), false);
  assert.equal(isDocument('main.go:3\n\nx escapes'), true);
});

test('addresses of profiles', () => {
  for (const good of ['http://localhost:6060', ' https://x.example/debug/pprof/heap ']) {
    assert.equal(urlProblem(good), undefined, good);
  }
  for (const bad of ['', 'localhost', 'cpu.prof', 'file:///cpu.prof', 'localhost:6060']) {
    assert.equal(typeof urlProblem(bad), 'string', bad);
  }
});
