import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { CompiledLibrary } from '../support/compiled-library.js';
import { ROOT } from '../support/documents.js';

interface Contender {
  id: string;
  file: string;
  /** Whom it repeats. */
  again?: string;
  options: { http2?: boolean };
}

interface Server {
  port?: number;
  trigger: string;
  memory(): Promise<{ heap?: number; resident: number }>;
  operate(operations: number): Promise<void>;
  stop(): Promise<void>;
}

interface Client {
  open(count: number, last?: number): Promise<number>;
  await(number: number): Promise<void>;
  tally(): Promise<Record<'delivered' | 'missing' | 'doubled' | 'lost', number>>;
  quit(): Promise<void>;
}

// The benchmark as it is, with the library of these sources.
const library = new CompiledLibrary();
const bench = library.pathOf('bench');
cpSync(join(ROOT, 'bench'), bench, { recursive: true });

const { contenders } = (await import(join(bench, 'contenders.mjs'))) as {
  contenders: Map<string, Contender>;
};
const { RunningServer } = (await import(join(bench, 'running-server.mjs'))) as {
  RunningServer: { start(contender: Contender, options: object): Promise<Server> };
};
const { LoadClient } = (await import(join(bench, 'load-client.mjs'))) as {
  LoadClient: new (program: string, server: object) => Client;
};
const { buildLoadClient } = (await import(join(bench, 'build-load-client.mjs'))) as {
  buildLoadClient: (folder: string) => string;
};

const program = buildLoadClient(library.pathOf('.'));
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => library.remove());

async function start(contender: Contender, options: object): Promise<Server> {
  const server = await RunningServer.start(contender, options);
  stops.push(() => server.stop());
  return server;
}

function clientOf({ port, trigger }: Server, { options }: Contender): Client {
  const client = new LoadClient(program, { port, trigger, http2: options.http2 });
  stops.push(() => client.quit());
  return client;
}

/** Has a server publish, as its load client does; answers the number of the last event. */
async function publisherTo({ trigger }: Server): Promise<(events: number) => number> {
  const socket = connect(trigger);
  await once(socket, 'connect');
  stops.push(async () => void socket.destroy());
  let last = 0;
  return (events) => {
    socket.write(`${events}\n`);
    return (last += events);
  };
}

const all = [...contenders.values()].filter(({ again }) => again === undefined);
const isReplay = ({ file }: Contender) => file === 'control-replay';
const hasNoClients = ({ file }: Contender) =>
  ['hub-publish', 'hub-encode', 'control-encode', 'parse'].includes(file);
const STREAMS = 5;

describe('a contender', () => {
  test.each(all.filter((contender) => !isReplay(contender) && !hasNoClients(contender)))(
    'sends every event to every stream once: $id',
    async (contender) => {
      const server = await start(contender, { heartbeats: false });
      const client = clientOf(server, contender);
      const publish = await publisherTo(server);
      await client.open(STREAMS);
      // Some send the head before the stream takes part.
      let last = publish(1);
      const again = setInterval(() => (last = publish(1)), 10);
      await client.await(1).finally(() => clearInterval(again));
      await client.await(last);
      const before = await client.tally();

      await client.await(publish(16));

      expect(await client.tally()).toEqual({ ...before, delivered: before.delivered + 16 * STREAMS });
      expect((await server.memory()).resident).toBeGreaterThan(0);
    },
  );

  test.each(all.filter((contender) => isReplay(contender) || contender.file === 'hub'))(
    'sends what it has kept: $id',
    async (contender) => {
      const server = await start(contender, { heartbeats: false, retained: 1_000 });
      const client = clientOf(server, contender);

      await client.open(2, 0);
      await client.await(1_000);

      expect(await client.tally()).toMatchObject({ delivered: 2_000, missing: 0, doubled: 0, lost: 0 });
    },
  );

  test.each(all.filter(hasNoClients))('works without clients: $id', async (contender) => {
    const server = await start(contender, { chunkBytes: 1_024 });

    await server.operate(1_000);

    expect(server.port).toBeUndefined();
  });
});
