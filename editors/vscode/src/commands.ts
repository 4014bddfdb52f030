// The commands of the extension and of the server.

/** Commands of the palette. The client registers the server's own commands, so these have other names. */
export const COMMANDS = {
  attachFile: 'goperf.attachProfileFile',
  attachUrl: 'goperf.attachProfileUrl',
  detach: 'goperf.detachAllProfiles',
  benchmark: 'goperf.runBenchmarkAtCursor',
  compare: 'goperf.compareBenchmarkAtCursor',
  explain: 'goperf.explainLine',
  reorder: 'goperf.reorderStructAtCursor',
  restart: 'goperf.restartServer',
  output: 'goperf.showOutput',
  menu: 'goperf.showMenu',
} as const;

/** Commands that the server executes. */
export const SERVER_COMMANDS = {
  attach: 'goperf.attachProfile',
  detach: 'goperf.detachProfiles',
  benchmark: 'goperf.runBenchmark',
  compare: 'goperf.compareBenchmark',
  explain: 'goperf.explain',
  reorder: 'goperf.reorderStruct',
} as const;

/** `RequestFailed` of the protocol. */
export const REQUEST_FAILED = -32803;

/** Whether the server has shown the failure of a command to the user by itself. */
export function isShownByServer(command: string, code: number | undefined): boolean {
  const shows: string[] = [SERVER_COMMANDS.attach, SERVER_COMMANDS.benchmark, SERVER_COMMANDS.compare];
  return code === REQUEST_FAILED && shows.includes(command);
}

/** Whether a message is too long for a notification and is opened as a document. */
export function isDocument(message: string): boolean {
  return message.trim().includes('\n');
}

/** Why a text is not the address of a profile; `undefined` if it is one. */
export function urlProblem(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return 'An address such as http://localhost:6060/debug/pprof/heap';
  }
  return ['http:', 'https:'].includes(url.protocol) ? undefined : 'The address starts with http:// or https://';
}
