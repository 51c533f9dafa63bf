import { fork } from 'node:child_process';
import { contenders } from './fan-out/contenders.mjs';
import { messageFrom } from './fan-out/message-from.mjs';
import { compare } from './rounds.mjs';

export const CLIENTS = 500;

/** Events to many clients, over the loopback interface: CPU time of the server for each event that arrives. */
export async function benchFanOut({ rounds, turns }) {
  const servers = Object.fromEntries(Object.keys(contenders).map((name) => [name, start(name)]));
  try {
    await Promise.all(Object.values(servers).map(messageFrom));
    const measure = (perTurn, count) => compare(costsOf(servers, { turns: count, perTurn }), rounds);
    const single = await measure(1, turns);
    const burst = await measure(16, Math.ceil(turns / 4));
    return { single, burst, deliveries: await Promise.all(Object.entries(servers).map(finish)) };
  } finally {
    for (const server of Object.values(servers)) server.kill();
  }
}

function start(name) {
  const script = new URL('./fan-out/server.mjs', import.meta.url);
  return fork(script, [name, String(CLIENTS)], { execArgv: ['--expose-gc'] });
}

function costsOf(servers, work) {
  const cost = (server) => {
    server.send(work);
    return messageFrom(server);
  };
  return Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, () => cost(server)]));
}

/** What a contender has sent, and what its clients have got. */
async function finish([name, server]) {
  server.send({ end: true });
  const { sent, delivered, missing, doubled } = await messageFrom(server);
  return { name, due: sent * CLIENTS, delivered, missing, doubled };
}
