import { expect, test } from '@jest/globals';
import { Controller, Post, Query } from '@nestjs/common';
import { SseHub } from 'nestjs-sse-hub';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Controller()
class Rooms {
  constructor(private readonly hub: SseHub) {}

  @Post('publish')
  publish(@Query('room') room: string) {
    return this.hub.publish(room, { data: 1 }, { publisher: 'ann' });
  }
}

describeOnEachPlatform('A route that publishes what a request names', (platform) => {
  const start = () =>
    startApp(platform, { controllers: [Rooms], sse: { limits: { newTopicsPerSecond: 1 } } });

  test('answers with the status of the error', async () => {
    const app = await start();
    const refused = await app.open('/publish?room=', { method: 'POST' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({
      statusCode: 400,
      message: 'a topic is a non-empty string of whole characters, but is ""',
    });
  });

  test('tells a publisher who adds topics too fast', async () => {
    const app = await start();
    expect((await app.open('/publish?room=a', { method: 'POST' })).status).toBe(201);
    expect((await app.open('/publish?room=b', { method: 'POST' })).status).toBe(429);
  });
});
