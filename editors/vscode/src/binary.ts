// Which program to start as the server.

import * as path from 'node:path';

export interface Places {
  /** The setting `goperf.path`; empty: search PATH. */
  setting: string;
  /** The first folder of the workspace. */
  folder: string | undefined;
  env: Record<string, string | undefined>;
  platform: string;
  isExecutable: (file: string) => boolean;
}

export type Found = { file: string } | { problem: string };

/** The server's program, or why there is none. */
export function findBinary(places: Places): Found {
  const { platform, isExecutable } = places;
  const flavor = platform === 'win32' ? path.win32 : path.posix;
  const names = platform === 'win32' ? ['goperf.exe', 'goperf.cmd'] : ['goperf'];
  const setting = places.setting.trim();
  if (setting !== '') {
    const file = expanded(setting, places, flavor);
    if (!flavor.isAbsolute(file)) {
      return { problem: `\`goperf.path\` is \`${setting}\`, which is not an absolute path.` };
    }
    return isExecutable(file)
      ? { file }
      : { problem: `\`goperf.path\` is \`${setting}\`, but there is no executable file of this name.` };
  }
  for (const dir of pathOf(places.env).split(flavor.delimiter)) {
    // A relative entry depends on the current folder, where foreign files may lie.
    if (!flavor.isAbsolute(dir)) continue;
    for (const name of names) {
      const file = flavor.join(dir, name);
      if (isExecutable(file)) return { file };
    }
  }
  return { problem: '`goperf` is not on PATH. Install it, or set `goperf.path` to the program.' };
}

/** PATH; on Windows the variable may be spelled `Path`. */
function pathOf(env: Places['env']): string {
  const name = Object.keys(env).find((it) => it.toUpperCase() === 'PATH');
  return (name !== undefined && env[name]) || '';
}

function expanded(setting: string, { env, folder, platform }: Places, flavor: path.PlatformPath): string {
  const home = (platform === 'win32' ? env['USERPROFILE'] : env['HOME']) ?? '';
  if (setting.startsWith('~/') && home !== '') return flavor.join(home, setting.slice(2));
  if (folder !== undefined) return setting.replaceAll('${workspaceFolder}', folder);
  return setting;
}

/** The arguments of the server. `go`: the setting `goperf.go`. */
export function serverArguments(go: string): string[] {
  return go.trim() === '' ? ['lsp'] : ['--go', go.trim(), 'lsp'];
}
