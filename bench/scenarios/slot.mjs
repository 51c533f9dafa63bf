import { cpuTimeOf, untilStill } from '../process-figures.mjs';

/**
 * The CPU time of a server and of its load client while something is done, in nanoseconds; and the share of a core that
 * the load client has used meanwhile. What the server does after the last event has arrived, the callbacks of its writes
 * and garbage collection, belongs to it.
 *
 * @param {() => Promise<number>} act answers how many nanoseconds passed
 */
export async function slot({ server, load }, act) {
  await untilStill(server.pid);
  const begin = [cpuTimeOf(server.pid), cpuTimeOf(load.pid)];
  const elapsed = await act();
  await untilStill(server.pid);
  const serverCpu = cpuTimeOf(server.pid) - begin[0];
  const clientCpu = cpuTimeOf(load.pid) - begin[1];
  return { elapsed, serverCpu, clientCpu, loadCpu: clientCpu / elapsed };
}
