import { Get, Res } from '@nestjs/common';
import { encodeTurn } from './encode-turn.mjs';
import { decorate, portOf, startNest } from './nest-application.mjs';
import { Responses } from './responses.mjs';

/** A handler of Nest that takes `@Res()` and does the rest by itself: what a platform costs without a library. */
export async function start({ platform }) {
  const responses = new Responses();
  class Streams {
    stream(reply) {
      responses.open(platform === 'fastify' ? reply.hijack().raw : reply);
    }
  }
  decorate(Streams, 'stream', Get());
  Res()(Streams.prototype, 'stream', 0);
  const app = await startNest({ platform }, Streams);
  return { port: portOf(app), publish: (events) => responses.write(encodeTurn(events)) };
}
