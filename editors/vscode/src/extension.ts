// The extension: it starts the server and connects it with VS Code. Decisions are made in the other modules.

import * as fs from 'node:fs';
import * as vscode from 'vscode';
import {
  type ExecuteCommandSignature,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  MessageType,
  ResponseError,
  RevealOutputChannelOn,
  type ShowMessageParams,
  State,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { findBinary, serverArguments } from './binary';
import { COMMANDS, isDocument, isShownByServer, SERVER_COMMANDS, urlProblem } from './commands';
import { byLevel, colorOf, type HeatLine, LEVELS } from './heat';
import { benchmarkAt, benchmarks, structsAt } from './source';
import { type Phase, type Status, statusView } from './status';

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  session = new Session(context);
  context.subscriptions.push(session);
  const commands: [string, () => unknown][] = [
    [COMMANDS.attachFile, attachFile],
    [COMMANDS.attachUrl, attachUrl],
    [COMMANDS.detach, () => execute(SERVER_COMMANDS.detach, [])],
    [COMMANDS.benchmark, () => onBenchmark('Run which benchmark?', SERVER_COMMANDS.benchmark)],
    [COMMANDS.compare, () => onBenchmark('Compare which benchmark?', SERVER_COMMANDS.compare)],
    [COMMANDS.explain, explain],
    [COMMANDS.reorder, reorder],
    [COMMANDS.restart, () => session?.restart()],
    [COMMANDS.output, () => session?.output.show()],
    [COMMANDS.menu, showMenu],
  ];
  context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider(EXPLANATION.scheme, explanation));
  for (const [name, run] of commands) context.subscriptions.push(vscode.commands.registerCommand(name, run));
  const restarts = ['goperf.path', 'goperf.go'];
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (restarts.some((name) => event.affectsConfiguration(name))) void session?.restart();
      if (event.affectsConfiguration(Heat.SETTING)) session?.heat.update();
    }),
    vscode.window.onDidChangeVisibleTextEditors(() => session?.heat.update()),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.languageId === 'go') session?.heat.update();
    }),
  );
  await session.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}

const EXPLANATION = vscode.Uri.from({ scheme: 'goperf', path: 'explanation' });

/** The document with the last explanation: read-only, and never to be saved. */
class Explanation implements vscode.TextDocumentContentProvider {
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changes.event;
  private text = '';

  provideTextDocumentContent(): string {
    return this.text;
  }

  async show(text: string): Promise<void> {
    this.text = text;
    this.changes.fire(EXPLANATION);
    const document = await vscode.workspace.openTextDocument(EXPLANATION);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  }
}

const explanation = new Explanation();

/** Announces that this client understands `goperf/status`. */
class StatusFeature implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: object }): void {
    capabilities.experimental = { ...capabilities.experimental, goperfStatus: true };
  }
  initialize(): void {}
  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }
  clear(): void {}
}

/** Bands behind the lines that cost something, in all editors that are in sight. */
class Heat implements vscode.Disposable {
  static readonly SETTING = 'goperf.heatDecorations';
  /** Text that is being typed is left alone for so long; bands move with it. */
  private static readonly WAIT_MS = 300;
  private readonly types = LEVELS.map((level) =>
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      light: { backgroundColor: colorOf(level, false) },
      dark: { backgroundColor: colorOf(level, true) },
      ...(level.isMarked && {
        overviewRulerLane: vscode.OverviewRulerLane.Left,
        overviewRulerColor: colorOf({ ...level, opacity: 2 * level.opacity }, true),
      }),
    }),
  );
  private timer: NodeJS.Timeout | undefined;

  /** Asks the server soon. */
  update(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const editor of vscode.window.visibleTextEditors) {
        if (editor.document.languageId === 'go' && editor.document.uri.scheme === 'file') void this.show(editor);
      }
    }, Heat.WAIT_MS);
  }

  private async show(editor: vscode.TextEditor): Promise<void> {
    const { document } = editor;
    const { version } = document;
    const isWanted = vscode.workspace.getConfiguration().get(Heat.SETTING, true);
    let lines: HeatLine[] | null = null;
    if (isWanted) {
      const params = { textDocument: { uri: document.uri.toString() } };
      lines = await Promise.resolve(session?.running?.sendRequest<HeatLine[] | null>('goperf/heat', params) ?? null)
        // A server that is just ending has no answer.
        .catch(() => null);
    }
    // Newer text has been asked about meanwhile.
    if (document.version !== version) return;
    for (const [at, ofLevel] of byLevel(lines, document.lineCount).entries()) {
      const type = this.types[at];
      if (type) editor.setDecorations(type, ofLevel.map(({ line }) => document.lineAt(line).range));
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const type of this.types) type.dispose();
  }
}

/** The server, its client and its item in the status bar. */
class Session implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('goperf');
  readonly heat = new Heat();
  private readonly item = vscode.window.createStatusBarItem('goperf.status', vscode.StatusBarAlignment.Right, 10);
  private client: LanguageClient | undefined;
  /** The last start or stop; each waits for the one before. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {
    this.item.name = 'goperf';
    this.item.command = COMMANDS.menu;
  }

  /** The client, if its server runs. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  restart(): Promise<void> {
    return this.next(async () => {
      await this.end();
      await this.start();
    });
  }

  stop(): Promise<void> {
    return this.next(() => this.end());
  }

  dispose(): void {
    this.heat.dispose();
    this.item.dispose();
    this.output.dispose();
  }

  private next(action: () => Promise<void>): Promise<void> {
    this.last = this.last.then(action);
    return this.last;
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.output.appendLine(`The server did not end as asked: ${error}`);
    }
  }

  private async start(): Promise<void> {
    const config = vscode.workspace.getConfiguration('goperf');
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const found = findBinary({
      setting: config.get('path', ''),
      folder,
      env: process.env,
      platform: process.platform,
      isExecutable,
    });
    if ('problem' in found) {
      this.show({ phase: 'stopped', why: found.problem });
      void this.offerHelp(found.problem);
      return;
    }
    this.output.appendLine(`Server: ${found.file}`);
    this.show({ phase: 'starting' });
    const client = this.newClient(found.file, serverArguments(config.get('go', '')), folder);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      const why = `${found.file} could not be started as a server: ${messageOf(error)}`;
      this.show({ phase: 'stopped', why });
      void this.offerHelp(why);
    }
  }

  private newClient(command: string, args: string[], cwd: string | undefined): LanguageClient {
    const options: LanguageClientOptions = {
      documentSelector: [{ scheme: 'file', language: 'go' }],
      synchronize: { configurationSection: 'goperf' },
      initializationOptions: vscode.workspace.getConfiguration('goperf'),
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: { executeCommand: (name, args) => executeForLens(name, args) },
    };
    const server = { command, args, options: cwd === undefined ? {} : { cwd } };
    const client = new LanguageClient('goperf', 'goperf', server, options);
    client.registerFeature(new StatusFeature());
    client.onNotification('goperf/status', (status: Status) => this.show({ phase: 'running', status }));
    client.onNotification('window/showMessage', showMessage);
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Starting) this.show({ phase: 'starting' });
      if (newState === State.Stopped) this.show({ phase: 'stopped', why: 'The server has ended.' });
    });
    return client;
  }

  private show(phase: Phase): void {
    const { text, tooltip, isWarning } = statusView(phase);
    this.item.text = text;
    this.item.tooltip = new vscode.MarkdownString(tooltip);
    this.item.backgroundColor = isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.show();
    // Profiles come and go with the status, and so does the server.
    if (phase.phase !== 'running' || phase.status.state === 'ready') this.heat.update();
  }

  private async offerHelp(problem: string): Promise<void> {
    const [install, settings] = ['How to Install', 'Open Settings'];
    const chosen = await vscode.window.showErrorMessage(`goperf: ${problem.replaceAll('`', '"')}`, install, settings);
    if (chosen === install) {
      const page = vscode.Uri.joinPath(this.context.extensionUri, 'dist', 'install.md');
      await vscode.commands.executeCommand('markdown.showPreview', page);
    } else if (chosen === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'goperf.path');
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Shows a message of the server; a long one, such as an explanation, in a document beside the code. */
async function showMessage({ type, message }: ShowMessageParams): Promise<void> {
  if (isDocument(message)) {
    await explanation.show(message);
  } else if (type === MessageType.Error) {
    void vscode.window.showErrorMessage(message);
  } else if (type === MessageType.Warning) {
    void vscode.window.showWarningMessage(message);
  } else {
    void vscode.window.showInformationMessage(message);
  }
}

/** Asks the server to execute a command. Throws what it answers. */
async function ask(command: string, args: unknown[]): Promise<unknown> {
  const client = session?.running;
  if (!client) throw new Error('the server does not run');
  return client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args });
}

/** The same; shows failures that the server has not shown. */
async function execute(command: string, args: unknown[]): Promise<unknown> {
  try {
    return await ask(command, args);
  } catch (error) {
    const code = error instanceof ResponseError ? error.code : undefined;
    if (!isShownByServer(command, code)) void vscode.window.showWarningMessage(`goperf: ${messageOf(error)}`);
    return undefined;
  }
}

/** A command of the server behind a code lens or an action. Benchmarks run what is saved. */
async function executeForLens(...[command, args]: Parameters<ExecuteCommandSignature>): Promise<unknown> {
  if (command === SERVER_COMMANDS.benchmark || command === SERVER_COMMANDS.compare) {
    const document = vscode.workspace.textDocuments.find((it) => it.uri.toString() === uriOf(args[0]));
    await document?.save();
  }
  return execute(command, args);
}

/** An address as VS Code writes it: it escapes other characters than the server. */
function uriOf(address: unknown): string {
  return vscode.Uri.parse(String(address)).toString();
}

/** The editor with Go code that has the focus; says so if there is none. */
function goEditor(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === 'go') return editor;
  void vscode.window.showWarningMessage('goperf: open a Go file first');
  return undefined;
}

async function attachFile(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: 'CPU and memory profiles',
    openLabel: 'Attach',
    canSelectMany: true,
    ...(folder && { defaultUri: folder }),
  });
  if (chosen?.length) await execute(SERVER_COMMANDS.attach, chosen.map((it) => it.fsPath));
}

async function attachUrl(): Promise<void> {
  const url = await vscode.window.showInputBox({
    title: 'Attach a profile of a running service',
    value: 'http://localhost:6060/debug/pprof/profile?seconds=10',
    validateInput: urlProblem,
  });
  if (url !== undefined) await execute(SERVER_COMMANDS.attach, [url.trim()]);
}

/** Asks the server for something about the benchmark at the cursor, or about one that is chosen. */
async function onBenchmark(title: string, command: string): Promise<void> {
  const editor = goEditor();
  if (!editor) return;
  const { document, selection } = editor;
  const text = document.getText();
  let name = benchmarkAt(text, selection.active.line);
  if (name === undefined) {
    const names = benchmarks(text).map((it) => it.name);
    if (names.length === 0) {
      void vscode.window.showWarningMessage('goperf: this file has no benchmarks');
      return;
    }
    name = await vscode.window.showQuickPick(names, { title });
  }
  if (name !== undefined) await executeForLens(command, [document.uri.toString(), name]);
}

async function explain(): Promise<void> {
  const editor = goEditor();
  if (!editor) return;
  const args = [editor.document.uri.toString(), editor.selection.active.line + 1];
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'goperf: explaining' }, () =>
    execute(SERVER_COMMANDS.explain, args),
  );
}

/** Reorders the innermost struct around the cursor that has a better order. */
async function reorder(): Promise<void> {
  const editor = goEditor();
  if (!editor) return;
  const uri = editor.document.uri.toString();
  let why = 'the cursor is not inside a struct';
  for (const line of structsAt(editor.document.getText(), editor.selection.active.line)) {
    try {
      await ask(SERVER_COMMANDS.reorder, [uri, line + 1]);
      return;
    } catch (error) {
      why = messageOf(error);
    }
  }
  void vscode.window.showWarningMessage(`goperf: ${why}`);
}

async function showMenu(): Promise<void> {
  const { version, contributes } = vscode.extensions.getExtension('goperf.goperf')?.packageJSON ?? {};
  const commands: { command: string; title: string }[] = contributes?.commands ?? [];
  const items = commands.filter((it) => it.command !== COMMANDS.menu).map((it) => ({ label: it.title, ...it }));
  const chosen = await vscode.window.showQuickPick(items, { title: `goperf ${version}` });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}
