// Which figures of a scenario are compared with which of the same round, and the goals. A goal of a ratio is the share
// that may be (lower is better) or has to be (higher is better) reached.

const ours = [{ of: 'hub-express-again', to: 'hub-express' }];

const single = [
  { of: 'hub-express', to: 'control-socket', goal: 1.1 },
  { of: 'hub-fastify', to: 'control-socket', goal: 1.1 },
  { of: 'hub-default-writer', to: 'control-res-write', goal: 1.1 },
  { of: 'hub-default-writer', to: 'nest-res-fastify' },
  { of: 'hub-express', to: 'nest-express', goal: 0.4 },
  { of: 'hub-fastify', to: 'nest-fastify', goal: 0.47 },
  { of: 'hub-express', to: 'better-sse', goal: 0.68 },
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
  { measure, of: 'hub-express', to: 'nchan' },
  { measure, of: 'hub-express-again', to: 'hub-express' },
]);

const http2 = [
  { of: 'hub-http2', to: 'control-http2' },
  { of: 'hub-http2', to: 'nest-http2' },
  { of: 'hub-http2', to: 'better-sse-http2' },
  { of: 'hub-http2', to: 'nchan-http2' },
];

const connections = ['express', 'fastify'].flatMap((platform) => [
  { of: `hub-${platform}`, to: `nest-res-${platform}` },
  { of: `hub-${platform}`, to: `nest-${platform}` },
]);

/** By the id of the scenario; where no measure is named it is the scenario's first. */
export const comparisons = {
  'single-1000': single,
  'burst-1000': burst,
  'single-5000': single,
  'burst-5000': burst,
  'paced-5000': paced,
  'h2-single': http2,
  'h2-burst': http2,
  'idle-memory': connections.map((pair) => ({
    ...pair,
    isDifference: true,
    ...(pair.to.startsWith('nest-res') ? { goal: 3 } : {}),
  })),
  'connection-rate': [...connections, ...ours],
  'slow-readers': [
    { of: 'hub-express', to: 'control-res-write' },
    { measure: 'kept', of: 'hub-express', to: 'control-res-write', isDifference: true },
    { measure: 'kept', of: 'hub-express', to: 'better-sse', isDifference: true },
    { measure: 'kept', of: 'hub-express', to: 'nest-express', isDifference: true },
  ],
  replay: [
    { of: 'hub-express', to: 'control-replay', goal: 0.8 },
    { of: 'hub-fastify', to: 'control-replay', goal: 0.8 },
    { of: 'hub-express', to: 'control-replay-pieces' },
    { of: 'hub-express-again', to: 'hub-express' },
  ],
  publish: [{ of: 'hub-publish', to: 'control-encode', goal: 0.6 }],
  encode: [{ of: 'hub-encode', to: 'control-encode' }],
};
