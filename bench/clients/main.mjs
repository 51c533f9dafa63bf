// Compares clients of Server-Sent Events by what they do. See README.md here.
//
//   npm run bench:clients                    prints the table
//   npm run bench:clients -- --write         writes it to docs/client.md as well
//   npm run bench:clients -- --only <text>   only the facts whose title contains the text
import { parseArgs } from 'node:util';
import { clients } from './clients.mjs';
import { ids } from './facts/ids.mjs';
import { limits } from './facts/limits.mjs';
import { packageFacts } from './facts/packages.mjs';
import { reading } from './facts/reading.mjs';
import { requests } from './facts/requests.mjs';
import { returning } from './facts/returning.mjs';
import { versionOf } from './lock-file.mjs';
import { measureAll } from './measure.mjs';
import { toTable, writeTable } from './table.mjs';

const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
if (process.platform !== 'linux')
  throw new Error('The memory of processes is read from /proc: this needs Linux.');
if (values.write && values.only !== '')
  throw new Error('--write wants all facts, so it goes without --only.');

const facts = [reading, ids, returning, requests, limits, packageFacts]
  .flat()
  .filter(({ title }) => title.includes(values.only));
const cells = await measureAll(facts, clients, (fact, client, cell) =>
  console.error(`${fact.title}: ${client.title}: ${cell}`),
);
const head = clients.map((client) => `${client.title} ${versionOf(client)}`);
const table = await toTable(head, facts, cells);
console.log(table);
if (values.write) await writeTable(table);
