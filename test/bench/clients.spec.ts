import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { read, ROOT } from '../support/documents.js';

interface Client {
  readonly title: string;
}

const { clients } = (await import(join(ROOT, 'bench/clients/clients.mjs'))) as { clients: readonly Client[] };
const { versionOf } = (await import(join(ROOT, 'bench/clients/lock-file.mjs'))) as {
  versionOf: (client: Client) => string;
};

const [, table] = /<!-- clients -->\n([\s\S]*?)<!-- end of clients -->/.exec(read('docs/client.md'))!;

test('the table in docs/client.md is of the versions that are installed: otherwise run "npm run bench:clients -- --write"', () => {
  const head = /^\|(.*)\|$/m
    .exec(table!)![1]!
    .split('|')
    .map((cell) => cell.trim());

  expect(head).toEqual(['', ...clients.map((client) => `${client.title} ${versionOf(client)}`)]);
});
