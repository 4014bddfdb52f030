import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Places, findBinary, serverArguments } from '../src/binary';

/** The program that is found where these files are executable, or the message. */
function found(files: string[], places: Partial<Places>): string {
  const all = { setting: '', folder: undefined, env: {}, platform: 'linux', ...places };
  const result = findBinary({ ...all, isExecutable: (file) => files.includes(file) });
  return 'file' in result ? result.file : result.problem;
}

test('PATH is searched in its order', () => {
  const env = { PATH: '/a:/b:/c' };
  assert.equal(found(['/c/goperf', '/b/goperf'], { env }), '/b/goperf');
  assert.match(found(['/d/goperf'], { env }), /not on PATH.*`goperf\.path`/);
  assert.match(found(['/d/goperf'], {}), /not on PATH/);
});

test('folders of PATH that depend on the current one are left out', () => {
  assert.match(found(['goperf', './goperf', 'bin/goperf'], { env: { PATH: ':.:bin' } }), /not on PATH/);
});

test('the setting goes before PATH', () => {
  const env = { PATH: '/a', HOME: '/home/x' };
  const files = ['/a/goperf', '/home/x/bin/gp', '/w/bin/goperf'];
  assert.equal(found(files, { env, setting: ' ~/bin/gp ' }), '/home/x/bin/gp');
  assert.equal(found(files, { env, setting: '${workspaceFolder}/bin/goperf', folder: '/w' }), '/w/bin/goperf');
  assert.match(found(files, { env, setting: '/none/goperf' }), /`\/none\/goperf`.*no executable/);
  assert.match(found(files, { env, setting: '${workspaceFolder}/bin/goperf' }), /not an absolute path/);
  assert.match(found(files, { env, setting: 'goperf' }), /not an absolute path/);
});

test('Windows', () => {
  const windows = { platform: 'win32', env: { Path: 'C:\\a;D:\\b', USERPROFILE: 'C:\\Users\\x' } };
  assert.equal(found(['D:\\b\\goperf.exe'], windows), 'D:\\b\\goperf.exe');
  assert.equal(found(['C:\\Users\\x\\goperf.exe'], { ...windows, setting: '~/goperf.exe' }), 'C:\\Users\\x\\goperf.exe');
});

test('the go command is an argument before the verb', () => {
  assert.deepEqual(serverArguments(''), ['lsp']);
  assert.deepEqual(serverArguments(' go1.27.3 '), ['--go', 'go1.27.3', 'lsp']);
});
