import { head } from '../answers.mjs';
import { Trial } from '../trial.mjs';

const MIB = 1024 * 1024;
const TOTAL_MIB = 256;
const PIECE = 64 * 1024;

/** What a client holds, and what it leaves to the network. These are measured one after the other. */
export const limits = [
  {
    title: `of ${TOTAL_MIB} MiB the server gets rid of, within 3 s, while a consumer is busy with the first event (memory of the client's process)`,
    isHeavy: true,
    measure: (client) => {
      const event = `data:${'x'.repeat(PIECE - 7)}\n\n`;
      const flow = new Flow(event);
      return Trial.run(
        client,
        { answer: flow.answer(''), options: { stopsAtFirst: true } },
        async (trial) => {
          await trial.request(0);
          await trial.until(() => flow.isOver || trial.hasExited, 3_000);
          return `${flow.written} MiB ${memory(trial)}`;
        },
      );
    },
  },
  {
    title: `an event without an end, a line of ${TOTAL_MIB} MiB (memory of the client's process)`,
    isHeavy: true,
    measure: (client) => {
      const flow = new Flow('x'.repeat(PIECE));
      return Trial.run(client, { answer: flow.answer('data:') }, async (trial) => {
        await trial.request(0);
        const isEnded = () => trial.of('end').length > 0 || trial.of('error').length > 0;
        const begin = performance.now();
        await trial.until(() => flow.isOver || isEnded() || trial.hasExited, 15_000);
        const seconds = Math.round((performance.now() - begin) / 1_000);
        if (trial.hasExited) return 'the process ends';
        // What the kernel has been given is read a moment later.
        if (flow.isOver) await trial.until(isEnded, 1_000);
        if (isEnded()) return `an error after ${flow.written} MiB ${memory(trial)}`;
        return flow.isOver
          ? `is kept ${memory(trial)}`
          : `busy, ${flow.written} MiB in ${seconds} s ${memory(trial)}`;
      });
    },
  },
];

function memory({ peakMemory }) {
  return peakMemory === undefined ? 'the process ends' : `(${peakMemory} MiB)`;
}

/** Writes one piece after the other, each when the kernel has taken the last. */
class Flow {
  #bytes = 0;

  constructor(piece) {
    this.piece = piece;
  }

  get written() {
    return Math.round(this.#bytes / MIB);
  }

  get isOver() {
    return this.#bytes >= TOTAL_MIB * MIB;
  }

  answer(beginning) {
    return (socket, number) => {
      if (number > 0) return;
      socket.write(`${head()}${beginning}`);
      this.#next(socket);
    };
  }

  #next(socket) {
    if (this.isOver || socket.destroyed) return;
    socket.write(this.piece, (error) => {
      if (error) return;
      this.#bytes += this.piece.length;
      this.#next(socket);
    });
  }
}
