// Which figures of a scenario are compared with which of the same round, and the goals. A goal of a ratio is the share
// that may be (lower is better) or has to be (higher is better) reached. Every peer of a scenario is compared with one of
// ours there. Who was not measured is passed over.

const ours = [{ of: 'hub-express-again', to: 'hub-express' }];

const parsing = [
  { of: 'hub-parse', to: 'eventsource-parser' },
  { of: 'hub-parse', to: 'undici-parse' },
  { of: 'hub-parse', to: 'control-parse' },
  { of: 'hub-parse-again', to: 'hub-parse' },
];

const single = [
  { of: 'hub-express', to: 'control-socket', goal: 1.1 },
  { of: 'hub-fastify', to: 'control-socket', goal: 1.1 },
  { of: 'hub-default-writer', to: 'control-res-write', goal: 1.1 },
  { of: 'hub-default-writer', to: 'nest-res-fastify' },
  { of: 'hub-express', to: 'nest-express', goal: 0.4 },
  { of: 'hub-fastify', to: 'nest-fastify', goal: 0.47 },
  { of: 'hub-express', to: 'better-sse', goal: 0.68 },
  { of: 'hub-express', to: 'better-sse-batch' },
  { of: 'hub-express', to: 'fastify-sse' },
  { of: 'hub-express', to: 'nchan' },
  { of: 'hub-express', to: 'nest-res-express' },
  { of: 'hub-fastify', to: 'nest-res-fastify' },
  ...ours,
];

const burst = [
  { of: 'hub-express', to: 'control-socket', goal: 1.15 },
  { of: 'hub-fastify', to: 'control-socket', goal: 1.15 },
  { of: 'hub-default-writer', to: 'control-res-write', goal: 1.1 },
  { of: 'hub-default-writer', to: 'nest-res-fastify' },
  { of: 'hub-express', to: 'nest-express', goal: 0.04 },
  { of: 'hub-fastify', to: 'nest-fastify', goal: 0.04 },
  { of: 'hub-express', to: 'better-sse', goal: 0.12 },
  { of: 'hub-express', to: 'better-sse-batch' },
  { of: 'hub-express', to: 'fastify-sse' },
  { of: 'hub-express', to: 'nchan', goal: 0.08 },
  { of: 'hub-express', to: 'nest-res-express' },
  { of: 'hub-fastify', to: 'nest-res-fastify' },
  ...ours,
];

const paced = ['p50', 'p99'].flatMap((measure) => [
  { measure, of: 'hub-express', to: 'control-socket' },
  { measure, of: 'hub-fastify', to: 'control-socket' },
  { measure, of: 'hub-express', to: 'nest-express' },
  { measure, of: 'hub-fastify', to: 'nest-fastify' },
  { measure, of: 'hub-express', to: 'better-sse' },
  { measure, of: 'hub-express', to: 'better-sse-batch' },
  { measure, of: 'hub-express', to: 'fastify-sse' },
  { measure, of: 'hub-express', to: 'nchan' },
  { measure, of: 'hub-express-again', to: 'hub-express' },
]);

const http2 = [
  { of: 'hub-http2', to: 'control-http2' },
  { of: 'hub-http2', to: 'nest-http2' },
  { of: 'hub-http2', to: 'better-sse-http2' },
  { of: 'hub-http2', to: 'better-sse-batch-http2' },
  { of: 'hub-http2', to: 'nchan-http2' },
  { of: 'hub-http2-again', to: 'hub-http2' },
];

/** @param what is the same of all that are compared; the goal is for those against a bare handler */
const connections = (what, goal) => [
  { ...what, of: 'hub-express', to: 'nest-res-express', ...goal },
  { ...what, of: 'hub-fastify', to: 'nest-res-fastify', ...goal },
  { ...what, of: 'hub-express', to: 'nest-express' },
  { ...what, of: 'hub-fastify', to: 'nest-fastify' },
  { ...what, of: 'hub-express', to: 'better-sse' },
  { ...what, of: 'hub-express', to: 'better-sse-batch' },
  { ...what, of: 'hub-fastify', to: 'fastify-sse' },
  { ...what, of: 'hub-express-again', to: 'hub-express' },
];

const slowReaders = (what) => [
  { ...what, of: 'hub-express', to: 'control-res-write' },
  { ...what, of: 'hub-fastify', to: 'control-res-write' },
  { ...what, of: 'hub-express', to: 'nest-express' },
  { ...what, of: 'hub-fastify', to: 'nest-fastify' },
  { ...what, of: 'hub-express', to: 'better-sse' },
  { ...what, of: 'hub-express', to: 'better-sse-batch' },
  { ...what, of: 'hub-express', to: 'fastify-sse' },
  { ...what, of: 'hub-express', to: 'nchan' },
];

/** By the id of the scenario; where no measure is named it is the scenario's first. */
export const comparisons = {
  'single-1000': single,
  'burst-1000': burst,
  'single-5000': single,
  'burst-5000': burst,
  'paced-5000': paced,
  'h2-single': http2,
  'h2-burst': http2,
  'idle-memory': [
    ...connections({ isDifference: true }, { goal: 3 }),
    // It has no heap.
    { measure: 'resident', of: 'hub-express', to: 'nchan', isDifference: true },
  ],
  'connection-rate': [...connections({}), { of: 'hub-express', to: 'nchan' }],
  'slow-readers': [
    ...slowReaders({ measure: 'p99' }),
    ...slowReaders({ measure: 'delay' }),
    ...slowReaders({ measure: 'kept', isDifference: true }),
    { measure: 'resident', of: 'hub-express', to: 'nchan', isDifference: true },
  ],
  replay: [
    { of: 'hub-express', to: 'control-replay', goal: 0.8 },
    { of: 'hub-fastify', to: 'control-replay', goal: 0.8 },
    { of: 'hub-express', to: 'control-replay-pieces' },
    { of: 'hub-express-again', to: 'hub-express' },
  ],
  publish: [
    { of: 'hub-publish', to: 'control-encode', goal: 0.6 },
    { of: 'hub-publish-again', to: 'hub-publish' },
  ],
  encode: [{ of: 'hub-encode', to: 'control-encode' }],
  'parse-64k': parsing,
  'parse-1k': parsing,
};
