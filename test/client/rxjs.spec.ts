import { expect, test } from '@jest/globals';
import { firstValueFrom, from, take, toArray } from 'rxjs';
import { SseClient } from '../../lib/client.js';
import { serve } from '../support/client-platforms.js';

test('A client is an Observable for RxJS, whose unsubscribing ends the request', async () => {
  const server = await serve((exchange) => exchange.stream('data:1', 'data:2', 'data:3'));
  const client = new SseClient(server.url);
  const events = await firstValueFrom(from(client).pipe(take(2), toArray()));
  expect(events.map(({ data }) => data)).toEqual(['1', '2']);
  expect(client.readyState).toBe('idle');
  await server.idle();
});
