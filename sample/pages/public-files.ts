import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { StreamableFile } from '@nestjs/common';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// The same folder from sample/pages/ and from dist-sample/pages/, into which nothing is copied.
const PAGES = new URL('../../sample/public/', import.meta.url);
const ASSETS = new URL('assets/', PAGES);
const packages = createRequire(import.meta.url);

// By name, so that no request can name a file of its own.
const assets = new Map<string, string | URL>([
  ...readdirSync(ASSETS).map((name) => [name, new URL(name, ASSETS)] as const),
  ['uPlot.iife.min.js', packages.resolve('uplot/dist/uPlot.iife.min.js')],
  ['uPlot.min.css', packages.resolve('uplot/dist/uPlot.min.css')],
]);

/** A page of `sample/public`, read anew each time, so that an edit is there with the next reload. */
export function readPage(name: string): Buffer {
  return readFileSync(new URL(name, PAGES));
}

/** What the answer to a request for a page is. */
export function pageFile(name: string): StreamableFile {
  return file(readPage(name), TYPES['.html']!);
}

/** A script, a style sheet or an image of the pages; undefined when there is none of that name. */
export function assetFile(name: string): StreamableFile | undefined {
  const path = assets.get(name);
  return path === undefined ? undefined : file(readFileSync(path), TYPES[extname(name)]!);
}

export function textFile(text: string): StreamableFile {
  return file(Buffer.from(text), 'text/plain; charset=utf-8');
}

function file(content: Buffer, type: string): StreamableFile {
  return new StreamableFile(content, { type, length: content.length });
}
