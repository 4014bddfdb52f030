import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS, SERVER_COMMANDS } from '../src/commands';
import { merged, OWN_SETTINGS, settingsOf } from '../src/schema';

const read = (path: string) => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json'));
const { commands, configuration, menus } = manifest.contributes;

test('the settings are those of the server', () => {
  const schema = JSON.parse(read('../../docs/reference/editor.schema.json'));
  const expected = merged(configuration.properties, schema);
  assert.deepEqual(configuration.properties, expected, 'run `npm run settings`');
  assert.ok(Object.keys(settingsOf(schema)).length > 10);
  assert.deepEqual(Object.keys(configuration.properties).slice(0, OWN_SETTINGS.length), OWN_SETTINGS);
});

test('groups of settings become dotted names', () => {
  const part = { type: 'boolean', default: true, description: 'On or off' };
  const schema = { properties: { a: part, group: { type: 'object', properties: { b: { enum: ['x'], description: 'B' } } } } };
  assert.deepEqual(settingsOf(schema), {
    'goperf.a': { type: 'boolean', default: true, markdownDescription: 'On or off.' },
    'goperf.group.b': { type: 'string', enum: ['x'], markdownDescription: 'B.' },
  });
});

test('the palette has all commands, and none that the client registers for the server', () => {
  const names = commands.map((it: { command: string }) => it.command);
  assert.deepEqual(names.toSorted(), Object.values(COMMANDS).toSorted());
  const taken: string[] = Object.values(SERVER_COMMANDS);
  assert.deepEqual(names.filter((name: string) => taken.includes(name)), []);
  for (const { command } of menus.commandPalette) assert.ok(names.includes(command), command);
});

test('the commands of the server are those in its source', () => {
  const source = read('../../crates/lsp/src/commands.rs');
  const names = [...source.matchAll(/"(goperf\.\w+)"/g)].map((it) => it[1]);
  assert.deepEqual(names.toSorted(), Object.values(SERVER_COMMANDS).toSorted());
});

test('the version is that of the workspace', () => {
  const version = read('../../Cargo.toml').match(/^version = "(.+)"$/m)?.[1];
  assert.equal(manifest.version, version);
});

test('VS Code is no older than its types', () => {
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
});

test('dependencies are pinned and have permissive licenses', () => {
  for (const version of Object.values<string>(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal(manifest.dependencies, undefined, 'the bundle holds everything');
  const lock = JSON.parse(read('package-lock.json'));
  const allowed = ['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];
  const packages = Object.entries<{ license?: string }>(lock.packages);
  assert.ok(packages.length > 10);
  for (const [name, { license = '' }] of packages) {
    const choices = license.replace(/[()]/g, '').split(' OR ');
    assert.ok(choices.some((it) => allowed.includes(it)), `${name}: ${license}`);
  }
});
