import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../support/documents.js';

async function bundle(): Promise<{ bytes: Uint8Array; inputs: string[]; imports: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(ROOT, 'lib/client.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    // What cannot run in a browser is named below, and does not fail in here.
    packages: 'external',
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  return {
    bytes: outputFiles[0]!.contents,
    inputs: Object.keys(metafile.inputs),
    imports: output!.imports.map(({ path }) => path),
  };
}

const kibibytes = (bytes: Uint8Array): string => (bytes.length / 1024).toFixed(1);

test('the client is a bundle of its own: no Nest, no RxJS, nothing of Node, and as small as the guide says', async () => {
  const { bytes, inputs, imports } = await bundle();
  expect(imports).toEqual([]);
  expect(inputs.filter((path) => !/^lib\/(async|client|errors|options|protocol)\b/.test(path))).toEqual([]);
  expect(bytes.length).toBeLessThan(28 * 1024);
  const guide = readFileSync(join(ROOT, 'docs/client.md'), 'utf8').replaceAll(/\s+/g, ' ');
  const size = `${kibibytes(bytes)} KiB minified, ${kibibytes(gzipSync(bytes, { level: 9 }))} KiB gzipped`;
  expect(guide).toContain(size);
});
