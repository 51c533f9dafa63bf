// The API reference: every entry of the package, into a folder that Git ignores. A warning is an error.
import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'));

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'nestjs-sse-hub',
  entryPoints: entries.map((name) => `../../lib/${name === '.' ? 'index' : name.slice('./'.length)}.ts`),
  tsconfig: '../../tsconfig.build.json',
  out: '../api',
  readme: 'none',
  disableGit: true,
  disableSources: true,
  excludeInternal: true,
  // What the types of a map of events are put together from, and nobody names.
  intentionallyNotExported: [
    'lib/hub/event-map.ts:NamedEvent',
    'lib/hub/event-map.ts:SeenEvent',
    'lib/client/client-event.ts:NamedEvent',
  ],
  treatWarningsAsErrors: true,
  validation: { invalidLink: true, invalidPath: true, notExported: true },
};
