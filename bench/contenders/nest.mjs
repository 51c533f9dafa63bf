import { Sse } from '@nestjs/common';
import { Subject } from 'rxjs';
import { EVENT_NAME } from '../event.mjs';
import { decorate, portOf, startNest } from './nest-application.mjs';

/** Nest's own `@Sse`, with one `Subject` for all. */
export async function start({ platform, http2 }) {
  const events$ = new Subject();
  class Streams {
    stream() {
      return events$.asObservable();
    }
  }
  decorate(Streams, 'stream', Sse());
  const app = await startNest({ platform, http2 }, Streams);
  return {
    port: portOf(app),
    publish: (events) => {
      for (const data of events) events$.next({ type: EVENT_NAME, data });
    },
  };
}
