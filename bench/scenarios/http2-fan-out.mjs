import { runFanOut } from './fan-out.mjs';

const IDS = [
  'hub-http2',
  'hub-http2-again',
  'nest-http2',
  'better-sse-http2',
  'better-sse-batch-http2',
  'nchan-http2',
  'control-http2',
];
const STREAMS = 1_000;
const BURST = 16;

export const http2FanOut = {
  ids: ['h2-single', 'h2-burst'],
  slow: [],

  run(bench) {
    const streams = bench.isQuick ? STREAMS / 2 : STREAMS;
    const where = `to ${streams.toLocaleString('en')} streams of HTTP/2`;
    const scenarios = [
      {
        id: 'h2-single',
        title: `One event a turn ${where}`,
        text: 'A hundred streams share a connection, without TLS; otherwise as over HTTP/1.1.',
        perTurn: 1,
      },
      {
        id: 'h2-burst',
        title: `${BURST} events a turn ${where}`,
        text: 'A hundred streams share a connection, without TLS; otherwise as over HTTP/1.1.',
        perTurn: BURST,
      },
    ];
    return runFanOut(bench, IDS, [{ streams, scenarios: scenarios.filter(({ id }) => bench.wants(id)) }]);
  },
};
