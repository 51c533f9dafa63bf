import { Inject } from '@nestjs/common';
import { memoryLog, SseHub, SseModule, SseStream } from 'nestjs-sse-hub';
import { EVENT_NAME, EventSequence } from '../event.mjs';
import { decorate, portOf, startNest } from './nest-application.mjs';

const TOPIC = 'bench';

/** This library: a route whose clients follow one topic. */
export async function start({ platform, http2, heartbeats, rawWrites, retained = 0 }) {
  const options = {
    ...(heartbeats ? {} : { heartbeat: false }),
    ...(rawWrites === undefined ? {} : { rawWrites }),
    ...(retained > 0 ? { log: largeLog(retained) } : {}),
  };
  class Streams {
    constructor(hub) {
      this.hub = hub;
    }
    stream() {
      return this.hub.stream(TOPIC, { start: retained > 0 ? 'earliest' : 'tail' });
    }
  }
  Inject(SseHub)(Streams, undefined, 0);
  decorate(Streams, 'stream', SseStream());
  const app = await startNest({ platform, http2 }, Streams, [SseModule.forRoot(options)]);
  const hub = app.get(SseHub);
  const publish = (events) => {
    // A rejection ends the process, and with it the benchmark.
    for (const data of events) void hub.publish(TOPIC, { event: EVENT_NAME, data });
  };
  if (retained > 0) publish(new EventSequence().take(retained));
  return { port: portOf(app), publish };
}

function largeLog(count) {
  const bytes = count * 1024;
  return memoryLog({ retention: { count, bytes, age: Infinity }, totalBytes: bytes });
}
