import { runFanOut } from './fan-out.mjs';

const IDS = [
  'hub-express',
  'hub-express-again',
  'hub-fastify',
  'hub-default-writer',
  'nest-express',
  'nest-fastify',
  'better-sse',
  'better-sse-batch',
  'fastify-sse',
  'nchan',
  'control-socket',
  'control-res-write',
  'nest-res-express',
  'nest-res-fastify',
];

const BURST = 16;

export const http1FanOut = {
  ids: ['single-1000', 'burst-1000', 'single-5000', 'burst-5000', 'paced-5000'],
  /** Left out of the quick run. */
  slow: ['single-5000', 'burst-5000', 'paced-5000'],

  run(bench) {
    const stages = [1_000, 5_000].map((streams) => ({
      streams,
      scenarios: [single(streams), burst(streams), ...(streams === 5_000 ? [paced(bench)] : [])].filter(
        ({ id }) => bench.wants(id),
      ),
    }));
    const wanted = stages.filter(({ scenarios }) => scenarios.length > 0);
    return runFanOut(bench, IDS, wanted);
  },
};

function single(streams) {
  return {
    id: `single-${streams}`,
    title: `One event a turn to ${streams.toLocaleString('en')} streams`,
    text: 'One event is published in a turn of the event loop; the next turn begins when every stream has it.',
    perTurn: 1,
  };
}

function burst(streams) {
  return {
    id: `burst-${streams}`,
    title: `${BURST} events a turn to ${streams.toLocaleString('en')} streams`,
    text: `${BURST} events are published in one turn of the event loop; the next turn begins when every stream has them.`,
    perTurn: BURST,
  };
}

function paced(bench) {
  return {
    id: 'paced-5000',
    title: 'Four events a second to 5,000 streams',
    text: 'Events come at a fixed rate that everybody can keep up with; what counts is how long they are on their way, to all streams.',
    perTurn: 1,
    isPaced: true,
    turns: bench.isQuick ? 2 : 6,
  };
}
