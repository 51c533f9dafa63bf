const hubExpress = hub('hub-express', 'nestjs-sse-hub on Express', { platform: 'express' });
const hubHttp2 = hub('hub-http2', 'nestjs-sse-hub on Fastify, HTTP/2', { platform: 'fastify', http2: true });
const hubPublish = hub('hub-publish', 'hub.publish', {}, 'hub-publish');
const hubParse = hub('hub-parse', 'EventStreamParser', { parser: 'hub' }, 'parse');

/**
 * Everyone who takes part: what it is called, the file in contenders/ that starts it, and with which options. Scenarios
 * name those that they measure.
 */
const list = [
  hubExpress,
  again(hubExpress, 'the same again (A/A)'),
  hub('hub-fastify', 'nestjs-sse-hub on Fastify', { platform: 'fastify' }),
  // On Fastify, whose responses are node:http's own, like those of the control.
  hub('hub-default-writer', 'nestjs-sse-hub on Fastify, rawWrites: false', {
    platform: 'fastify',
    rawWrites: false,
  }),
  hubHttp2,
  again(hubHttp2, 'the same again over HTTP/2 (A/A)'),
  peer('nest-express', "Nest's @Sse on Express", 'nest', { platform: 'express' }),
  peer('nest-fastify', "Nest's @Sse on Fastify", 'nest', { platform: 'fastify' }),
  peer('nest-http2', "Nest's @Sse on Fastify, HTTP/2", 'nest', { platform: 'fastify', http2: true }),
  peer('better-sse', 'better-sse, a channel', 'better-sse', {}),
  peer('better-sse-batch', 'better-sse, an event buffer a turn', 'better-sse', { inBatches: true }),
  peer('better-sse-http2', 'better-sse, a channel, HTTP/2', 'better-sse', { http2: true }),
  peer('better-sse-batch-http2', 'better-sse, an event buffer a turn, HTTP/2', 'better-sse', {
    http2: true,
    inBatches: true,
  }),
  peer('fastify-sse', '@fastify/sse', 'fastify-sse', {}),
  peer('nchan', 'nchan (nginx)', 'nchan', {}),
  peer('nchan-http2', 'nchan (nginx), HTTP/2', 'nchan', { http2: true }),
  control('control-socket', 'control: framed once, socket.write', 'control-socket', {}),
  control('control-res-write', 'control: res.write of one buffer', 'control-res-write', {}),
  control('nest-res-express', 'control: @Res() of Nest on Express', 'nest-res', { platform: 'express' }),
  control('nest-res-fastify', 'control: @Res() of Nest on Fastify', 'nest-res', { platform: 'fastify' }),
  control('control-http2', 'control: node:http2, stream.write', 'control-http2', { http2: true }),
  control('control-replay', 'control: an event with each socket.write', 'control-replay', {}),
  control('control-replay-pieces', 'control: 64 KiB with each socket.write', 'control-replay', {
    inPieces: true,
  }),
  hubPublish,
  again(hubPublish, 'hub.publish again (A/A)'),
  hub('hub-encode', 'encodeEvent', {}, 'hub-encode'),
  control('control-encode', 'control: JSON.stringify and Buffer.from', 'control-encode', {}),
  hubParse,
  again(hubParse, 'EventStreamParser again (A/A)'),
  peer('eventsource-parser', 'eventsource-parser', 'parse', { parser: 'eventsource-parser' }),
  peer('undici-parse', "undici's EventSource", 'parse', { parser: 'undici' }),
  control('control-parse', 'control: split at blank lines', 'parse', { parser: 'control' }),
];

function hub(id, title, options, file = 'hub') {
  return { id, title, kind: 'hub', file, options };
}

/** Somebody in a second process, to be compared with the first. */
function again(contender, title) {
  return { ...contender, id: `${contender.id}-again`, title, again: contender.id };
}

function peer(id, title, file, options) {
  return { id, title, kind: 'peer', file, options };
}

function control(id, title, file, options) {
  return { id, title, kind: 'control', file, options };
}

/** By id, in the order in which they are shown. */
export const contenders = new Map(list.map((contender) => [contender.id, contender]));
