import { expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { memoryLog, SseHub, SseStream, type HubStream } from 'nestjs-sse-hub';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Controller()
class NewsController {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news(): HubStream {
    return this.hub.stream('news');
  }
}

describeOnEachPlatform('A stream whose log fails', (platform) => {
  test.each([
    [
      'at once',
      () => {
        throw new Error('internal detail');
      },
    ],
    ['later', () => Promise.reject(new Error('internal detail'))],
  ])('when it begins, %s, is an HTTP error', async (_when, locate) => {
    const log = memoryLog();
    const { open, hub } = await startApp(platform, { controllers: [NewsController], sse: { log } });
    Object.assign(log, { locate });
    const stream = await open('/news', { lastEventId: 'own id' });
    expect(stream.status).toBe(500);
    expect(await stream.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
    expect(hub.connectionCount).toBe(0);
  });
});
