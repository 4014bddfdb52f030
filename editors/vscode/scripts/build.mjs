// Bundles the extension into dist/, or its tests with `--tests`.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ROOT = '../../';
const REPOSITORY = 'https://github.com/goperf/goperf';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  metafile: true,
};

/** The names of the packages that the bundle contains. */
function packagesOf(metafile) {
  const names = new Set();
  for (const path of Object.keys(metafile.inputs)) {
    const name = path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/);
    if (name) names.add(name[0]);
  }
  return [...names].sort();
}

/** The licenses of the extension and of the packages in its bundle, as one text. */
function licenses(metafile) {
  const own = ['LICENSE-MIT', 'LICENSE-APACHE'].map((name) => readFileSync(ROOT + name, 'utf8'));
  const parts = [`goperf is licensed under either of the following two licenses, at your option.\n\n${own.join('\n')}`];
  for (const folder of packagesOf(metafile)) {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const file = readdirSync(folder).find((it) => /^licen[sc]e/i.test(it));
    if (!file) throw new Error(`${name} has no license file`);
    parts.push(`${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8')}`);
  }
  return parts.map((it) => `${it.trim()}\n`).join(`\n${'-'.repeat(72)}\n\n`);
}

/** docs/install.md with links that work outside of the repository. */
function installPage() {
  const text = readFileSync(`${ROOT}docs/install.md`, 'utf8');
  return text.replace(/\]\((?!https?:|#)([^)]+)\)/g, `](${REPOSITORY}/blob/main/docs/$1)`);
}

if (process.argv.includes('--tests')) {
  rmSync('dist/test', { recursive: true, force: true });
  const entryPoints = readdirSync('test').filter((name) => name.endsWith('.test.ts')).map((name) => `test/${name}`);
  await build({ ...common, entryPoints, outdir: 'dist/test', format: 'cjs', outExtension: { '.js': '.cjs' } });
} else {
  if (!existsSync('dist')) mkdirSync('dist');
  const { metafile } = await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    format: 'cjs',
    external: ['vscode'],
    minify: true,
  });
  writeFileSync('LICENSE.txt', licenses(metafile));
  writeFileSync('dist/install.md', installPage());
}
