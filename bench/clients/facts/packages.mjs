import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { packagesBesides } from '../lock-file.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What comes with a client. Nothing is run for these. */
export const packageFacts = [
  {
    title: 'KiB in a page, minified and compressed by gzip',
    measure: async ({ entry }) => {
      if (entry === undefined) return 'n/a';
      const { outputFiles } = await build({
        stdin: { contents: entry, resolveDir: ROOT },
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'browser',
        write: false,
      });
      return (gzipSync(outputFiles[0].contents, { level: 9 }).length / 1024).toFixed(1);
    },
  },
  {
    title: 'packages that `npm install` brings besides, peers included',
    measure: async (client) => `${packagesBesides(client)}`,
  },
];
