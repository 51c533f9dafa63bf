// A contender in a process of its own. It is told on a socket, by the load client, how many events its next turn has;
// what else the benchmark wants of it comes as messages.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSequence } from './event.mjs';

// However the benchmark ends, this process ends after it and in order; Ctrl+C is sent to both.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);

const { file, options } = JSON.parse(process.argv[2]);
const { start } = await import(`./contenders/${file}.mjs`);
const contender = await start(options);

const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const trigger = join(folder, 'trigger');
const events = new EventSequence(options.textLength);
const server = createServer((socket) => {
  socket.setEncoding('latin1').on('data', carryOut);
});
server.listen(trigger);
await once(server, 'listening');
process.send({ port: contender.port, pid: contender.pid ?? process.pid, trigger });

/** Lines, each the number of events that are published in one turn of the event loop. */
function carryOut(lines) {
  for (const line of lines.split('\n')) if (line !== '') contender.publish(events.take(Number(line)));
}

// A rejection ends the process, and with it the benchmark.
process.on('message', (message) => void answer(message));

async function answer({ stop, operations }) {
  if (stop) {
    await contender.stop?.();
    process.exit();
  }
  if (operations === undefined) {
    process.send(await memory());
    return;
  }
  await contender.operate(operations);
  process.send('done');
}

/** Bytes of the heap and what it holds outside of itself, when everything that is not needed any more is gone. */
async function memory() {
  // What is freed in the first pass may be held by finalizers until the next.
  for (let pass = 0; pass < 2; pass++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heap: contender.pid === undefined ? heapUsed + external : undefined };
}
