// A conversation with the server that the environment variable GOPERF names.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { serverArguments } from '../src/binary';
import { isDocument, REQUEST_FAILED, SERVER_COMMANDS } from '../src/commands';
import { byLevel, type HeatLine } from '../src/heat';
import { settingsOf } from '../src/schema';
import { benchmarkAt, benchmarks, structsAt } from '../src/source';
import { type Status, statusView } from '../src/status';

const goperf = process.env['GOPERF'];

function missing(): string | false {
  if (!goperf) return 'GOPERF names no program';
  try {
    execFileSync('go', ['version']);
    return false;
  } catch {
    return 'go is not on PATH';
  }
}

const skip = missing();
if (skip) console.log(`skipped: the VS Code extension with a real server: ${skip}`);

/** A struct with a better order, which the example does not have. */
const PADDED = `package padded

type Padded struct {
	first  bool
	count  int64
	second bool
}

func Sum(all []Padded) (sum int64) {
	for _, one := range all {
		sum += one.count
	}
	return sum
}
`;

interface Hint {
  position: { line: number };
  label: string;
}

interface WorkspaceEdit {
  changes: Record<string, { range: { start: { line: number } }; newText: string }[]>;
}

/** A server that runs in a copy of the example, and what it has sent. */
class Talk {
  readonly messages: string[] = [];
  readonly edits: WorkspaceEdit[] = [];
  status: Status | undefined;

  private constructor(
    private readonly folder: string,
    private readonly server: ChildProcess,
    readonly connection: MessageConnection,
  ) {}

  static async start(program: string): Promise<Talk> {
    const folder = mkdtempSync(join(tmpdir(), 'goperf-vscode-'));
    cpSync('../../examples/orders', join(folder, 'orders'), { recursive: true });
    mkdirSync(join(folder, 'orders/internal/padded'));
    writeFileSync(join(folder, 'orders/internal/padded/padded.go'), PADDED);
    const env = { ...process.env, GOPERF_CACHE: join(folder, 'cache') };
    const cwd = join(folder, 'orders');
    const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd });
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '--message=all');
    const server = spawn(resolve(program), serverArguments(''), { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    const connection = createMessageConnection(server.stdout, server.stdin);
    const talk = new Talk(folder, server, connection);
    connection.onNotification('goperf/status', (status) => (talk.status = status));
    connection.onNotification('window/showMessage', ({ message }) => talk.messages.push(message));
    connection.onRequest('workspace/configuration', () => [{ path: '', hints: { heap: 'all' }, benchtime: '10x' }]);
    connection.onRequest('workspace/applyEdit', ({ edit }) => {
      talk.edits.push(edit);
      return { applied: true };
    });
    connection.listen();
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(cwd).href,
      workspaceFolders: [{ uri: pathToFileURL(cwd).href, name: 'orders' }],
      capabilities: {
        workspace: { configuration: true, applyEdit: true },
        experimental: { goperfStatus: true },
      },
    });
    await connection.sendNotification('initialized', {});
    return talk;
  }

  async open(path: string): Promise<{ uri: string; text: string; lines: number }> {
    const file = join(this.folder, 'orders', path);
    const uri = pathToFileURL(file).href;
    const text = readFileSync(file, 'utf8');
    const textDocument = { uri, languageId: 'go', version: 1, text };
    await this.connection.sendNotification('textDocument/didOpen', { textDocument });
    return { uri, text, lines: text.split('\n').length };
  }

  execute(command: string, args: unknown[]): Promise<unknown> {
    return this.connection.sendRequest('workspace/executeCommand', { command, arguments: args });
  }

  /** Hints of a file once one of them has this label. */
  hints(uri: string, lines: number, label: RegExp): Promise<Hint[]> {
    const range = { start: { line: 0, character: 0 }, end: { line: lines, character: 0 } };
    return until(`a hint ${label}`, async () => {
      const hints: Hint[] = (await this.connection.sendRequest('textDocument/inlayHint', { textDocument: { uri }, range })) ?? [];
      return hints.some((hint) => label.test(hint.label)) ? hints : undefined;
    });
  }

  async end(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    const ended = new Promise((done) => this.server.on('exit', done));
    await this.connection.sendNotification('exit');
    assert.equal(await ended, 0);
    this.connection.dispose();
    rmSync(this.folder, { recursive: true });
  }
}

/** Asks until there is an answer; the server works while it is asked. */
async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let round = 0; round < 600; round++) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    await sleep(200);
  }
  throw new Error(`waited in vain for ${what}`);
}

let talk: Talk;

before(async () => {
  if (!skip) talk = await Talk.start(goperf as string);
});
after(async () => {
  if (!skip) await talk.end();
});

test('the schema that is checked in is that of the server', { skip }, () => {
  const printed = execFileSync(resolve(goperf as string), ['lsp', '--settings-schema'], { encoding: 'utf8' });
  const known = readFileSync('../../docs/reference/editor.schema.json', 'utf8');
  assert.deepEqual(settingsOf(JSON.parse(printed)), settingsOf(JSON.parse(known)));
});

test('hints and the status', { skip }, async () => {
  const { uri, lines } = await talk.open('internal/export/export.go');
  const hints = await talk.hints(uri, lines, /^(inlines \d+\/80|too big \d+\/80|no inlining: )/);
  assert.ok(hints.every((hint) => hint.position.line < lines));
  const status = await until('a status', () => (talk.status?.state === 'ready' ? talk.status : undefined));
  const { text, tooltip } = statusView({ phase: 'running', status });
  assert.equal(text, '$(flame) goperf');
  assert.match(tooltip, /^Verdicts .*\n\nNo profile is attached\.$/);
  await talk.hints(uri, lines, /^heap$/);
});

test('an explanation is a document', { skip }, async () => {
  const { uri, text } = await talk.open('internal/export/export.go');
  const line = text.split('\n').findIndex((it) => it.startsWith('func PickList')) + 1;
  const answer = await talk.execute(SERVER_COMMANDS.explain, [uri, line]);
  assert.ok(typeof answer === 'string' && isDocument(answer) && answer.includes('PickList'));
  assert.deepEqual(talk.messages.splice(0), [answer]);
});

test('a struct is reordered, from within', { skip }, async () => {
  const { uri, text, lines } = await talk.open('internal/padded/padded.go');
  const first = text.split('\n').indexOf('type Padded struct {');
  assert.deepEqual(structsAt(text, first + 2), [first]);
  await talk.hints(uri, lines, /^24 B, 14 B padding$/);
  await until('an edit', async () => {
    try {
      await talk.execute(SERVER_COMMANDS.reorder, [uri, first + 1]);
      return true;
    } catch (error) {
      // Until the compiler has answered.
      assert.ok(error instanceof ResponseError && error.code === REQUEST_FAILED, String(error));
      return undefined;
    }
  });
  const edit = await until('the edit', () => talk.edits.shift());
  const [[changed, edits]] = Object.entries(edit.changes) as [[string, WorkspaceEdit['changes'][string]]];
  assert.equal(changed, uri);
  assert.ok(edits.length > 0);
  for (const { range } of edits) assert.ok(first <= range.start.line && range.start.line < first + 5);
});

test('a benchmark attaches profiles, which can be detached', { skip }, async () => {
  const { uri, text } = await talk.open('internal/export/export_test.go');
  const { first } = benchmarks(text).find((it) => it.name === 'BenchmarkPickList') ?? assert.fail();
  const name = benchmarkAt(text, first + 1);
  assert.match(String(await talk.execute(SERVER_COMMANDS.benchmark, [uri, name])), /^1 benchmark result/);
  assert.equal(talk.messages.splice(0).length, 1);
  const attached = () => talk.status?.profiles.length;
  await until('profiles in the status', () => ((attached() ?? 0) > 0 ? true : undefined));
  assert.match(statusView({ phase: 'running', status: talk.status as Status }).tooltip, /just now/);
  // Bands behind the lines of what was measured.
  const measured = await talk.open('internal/export/export.go');
  const heat = () => talk.connection.sendRequest<HeatLine[] | null>('goperf/heat', { textDocument: { uri: measured.uri } });
  const lines = await until('hot lines', async () => ((await heat()) ?? []).length > 0 ? ((await heat()) ?? []) : undefined);
  const hottest = byLevel(lines, measured.lines).findLast((it) => it.length > 0) ?? [];
  assert.ok(hottest.length > 0 && hottest.every(({ share, label }) => share >= 0.1 && /% CPU|B/.test(label)), JSON.stringify(lines));
  await talk.execute(SERVER_COMMANDS.detach, []);
  await until('no profiles in the status', () => (attached() === 0 ? true : undefined));
  await until('no hot lines', async () => ((await heat()) ?? []).length === 0 || undefined);
});

test('a benchmark is compared with a revision', { skip }, async () => {
  const { uri } = await talk.open('internal/export/export_test.go');
  const answer = String(await talk.execute(SERVER_COMMANDS.compare, [uri, 'BenchmarkPickList']));
  assert.match(answer, /^BenchmarkPickList: .* compared with main \(\w+\)\n/);
  assert.ok(isDocument(answer) && /same program|identical/.test(answer), answer);
  assert.deepEqual(talk.messages.splice(0), [answer]);
  const error = await talk.execute(SERVER_COMMANDS.compare, [uri, 'BenchmarkPickList', 'no-such']).catch((it: unknown) => it);
  assert.ok(error instanceof ResponseError && /no-such/.test(error.message), String(error));
  assert.deepEqual(talk.messages.splice(0), [`goperf: ${error.message}`]);
});

test('the server shows why a profile cannot be attached', { skip }, async () => {
  const error = await talk.execute(SERVER_COMMANDS.attach, ['none.prof']).catch((it: unknown) => it);
  assert.ok(error instanceof ResponseError && error.code === REQUEST_FAILED);
  assert.deepEqual(talk.messages.splice(0), [`goperf: ${error.message}`]);
});
