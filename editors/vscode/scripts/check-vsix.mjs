// Checks what is in a packed extension: node scripts/check-vsix.mjs FILE
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { promisify } from 'node:util';
import yauzl from 'yauzl';

const FILES = [
  '[Content_Types].xml',
  'extension.vsixmanifest',
  'extension/LICENSE.txt',
  'extension/README.md',
  'extension/dist/extension.js',
  'extension/dist/install.md',
  'extension/package.json',
];
/** Most bytes of the packed extension. */
const MAX_BYTES = 300 << 10;

function fail(why) {
  console.error(`${file}: ${why}`);
  process.exit(1);
}

/** The files of a zip archive. */
async function unpacked(bytes) {
  const archive = await promisify(yauzl.fromBuffer)(bytes, { lazyEntries: true, decodeStrings: true });
  const open = promisify(archive.openReadStream.bind(archive));
  const files = new Map();
  return new Promise((resolve, reject) => {
    archive.on('error', reject);
    archive.on('end', () => resolve(files));
    archive.on('entry', async (entry) => {
      const chunks = [];
      for await (const chunk of await open(entry)) chunks.push(chunk);
      files.set(entry.fileName, Buffer.concat(chunks));
      archive.readEntry();
    });
    archive.readEntry();
  });
}

const file = process.argv[2];
const bytes = readFileSync(file);
const files = await unpacked(bytes);
const names = [...files.keys()].sort();
if (names.join('\n') !== FILES.join('\n')) fail(`holds\n${names.join('\n')}\nand not\n${FILES.join('\n')}`);
if (bytes.length > MAX_BYTES) fail(`has ${bytes.length} bytes, more than ${MAX_BYTES}`);
const manifest = JSON.parse(files.get('extension/package.json').toString());
if (!files.has(`extension/${manifest.main.slice(2)}`)) fail(`has no ${manifest.main}`);
const bundle = files.get('extension/dist/extension.js').toString();
const required = [...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map((it) => it[1]);
const foreign = required.filter((name) => name !== 'vscode' && !isBuiltin(name));
if (foreign.length > 0) fail(`requires ${foreign.join(', ')}, which it does not hold`);
if (!required.includes('vscode')) fail('does not ask for vscode');
console.log(`${file}: ${names.length} files, ${bytes.length} bytes`);
