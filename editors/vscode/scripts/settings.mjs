// Writes the server's settings, which docs/reference/editor.schema.json describes, into package.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const bundle = await build({ entryPoints: ['src/schema.ts'], bundle: true, format: 'esm', write: false });
const { merged } = await import(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0].text)}`);

const schema = JSON.parse(readFileSync('../../docs/reference/editor.schema.json', 'utf8'));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const configuration = manifest.contributes.configuration;
configuration.properties = merged(configuration.properties, schema);
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
