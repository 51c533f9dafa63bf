// One contender in a process of its own, with a process of clients. Told { turns, perTurn } it sends that many events
// to every client and answers with the CPU time of this process for each event that has arrived.
import { fork } from 'node:child_process';
import { dataOf } from '../event.mjs';
import { cpuTimeOf } from '../rounds.mjs';
import { contenders } from './contenders.mjs';
import { messageFrom } from './message-from.mjs';

const [name, clients] = process.argv.slice(2);
const { port, send } = await contenders[name]();
const load = fork(new URL('./clients.mjs', import.meta.url), [String(port), clients]);
await messageFrom(load);
process.send('ready');

let sent = 0;
// A rejection ends the process, and with it the benchmark.
process.on('message', (order) => void carryOut(order));

async function carryOut({ turns, perTurn, end }) {
  if (end) return finish();
  const cost = await cpuTimeOf(turns * perTurn * Number(clients), async () => {
    for (let turn = 0; turn < turns; turn++) await sendTurn(perTurn);
  });
  process.send(cost);
}

/** A turn ends when every client has its events, so nobody is ever behind: that is another measurement. */
async function sendTurn(perTurn) {
  const events = Array.from({ length: perTurn }, () => dataOf(++sent));
  load.send(sent);
  send(events);
  await messageFrom(load);
}

async function finish() {
  load.send('end');
  const result = await messageFrom(load);
  process.send({ sent, ...result });
  process.disconnect();
  process.exit();
}
