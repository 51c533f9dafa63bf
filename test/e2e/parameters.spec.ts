import { expect, test } from '@jest/globals';
import {
  Controller,
  createParamDecorator,
  Get,
  Query,
  Req,
  Res,
  SseSignal,
  type ExecutionContext,
} from '@nestjs/common';
import {
  CurrentConnection,
  LastEventId,
  SseHub,
  SseStream,
  StreamSignal,
  type SseConnection,
} from 'nestjs-sse-hub';
import { NEVER, of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const Method = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<{ method: string }>().method,
);

@Controller()
class Parameters {
  readonly signals: AbortSignal[] = [];
  readonly connections: SseConnection[] = [];

  constructor(private readonly hub: SseHub) {}

  @SseStream('last-event-id')
  lastEventId(@LastEventId() id: string | undefined) {
    return of({ given: id ?? null });
  }

  @SseStream('signal')
  signal(@StreamSignal() signal: AbortSignal) {
    this.signals.push(signal);
    return NEVER;
  }

  @SseStream('nest-signal')
  nestSignal(@SseSignal() signal: AbortSignal) {
    this.signals.push(signal);
    return NEVER;
  }

  @SseStream('both-signals')
  bothSignals(@StreamSignal() ours: AbortSignal, @SseSignal() nests: AbortSignal) {
    return of(ours === nests);
  }

  @SseStream('connection')
  connection(@CurrentConnection() connection: SseConnection) {
    this.connections.push(connection);
    return this.hub.stream(['news', 'sport'], { user: 'ann' });
  }

  @SseStream('mixed')
  mixed(
    @Query('q') query: string,
    @Method() method: string,
    @LastEventId() id: string,
    @Req() request: { url: string },
    @CurrentConnection() connection: SseConnection,
  ) {
    return of([query, method, id, request.url, connection.lastEventId]);
  }

  @SseStream('response')
  response(@Res({ passthrough: true }) response: { statusCode: number }) {
    return of(response.statusCode);
  }

  @SseStream('defaults')
  defaults(@Query('q') query = 'none', other = 'default') {
    return of([query, other]);
  }

  @Get('no-stream')
  noStream(@LastEventId() id: string) {
    return id;
  }
}

describeOnEachPlatform('the parameter decorators give', (platform) => {
  const start = () => startApp(platform, { controllers: [Parameters] });

  test.each([
    ['from the header', { lastEventId: '42' }, '', '"42"'],
    ['from the header, as UTF-8', { lastEventId: 'Grüße 🎈' }, '', '"Grüße 🎈"'],
    [
      'from the header, as it came when it is no UTF-8',
      { headers: { 'last-event-id': 'caf\xe9' } },
      '',
      '"café"',
    ],
    ['from the query, on a first connection', {}, '?a=b&lastEventId=Gr%C3%BC%C3%9Fe+7', '"Grüße 7"'],
    ['from the header rather than from the query', { lastEventId: '42' }, '?lastEventId=7', '"42"'],
    ['as undefined where there is none', {}, '', 'null'],
    ['as undefined where it is empty', { lastEventId: '' }, '', 'null'],
  ])('the last event id %s', async (_where, request, query, id) => {
    const app = await start();
    const stream = await app.open(`/last-event-id${query}`, request);
    expect(await stream.whole()).toBe(`data:{"given":${id}}\n\n`);
  });

  test.each(['/signal', '/nest-signal'])(
    'a signal that is aborted when the client leaves (%s)',
    async (path) => {
      const app = await start();
      const stream = await app.open(path);
      const [signal] = app.nest.get(Parameters).signals;
      expect(signal!.aborted).toBe(false);
      stream.leave();
      expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
      expect(signal!.aborted).toBe(true);
    },
  );

  test('the same signal as the one of Nest', async () => {
    const app = await start();
    expect(await (await app.open('/both-signals')).whole()).toBe('data:true\n\n');
  });

  test('the connection, which knows its user, topics, last event id and position', async () => {
    const app = await start();
    const before = Date.now();
    const stream = await app.open('/connection', { lastEventId: 'unknown' });
    await stream.nextEvent();
    const [connection] = app.nest.get(Parameters).connections;
    expect(connection).toMatchObject({
      user: 'ann',
      topics: ['news', 'sport'],
      lastEventId: 'unknown',
      closeReason: undefined,
    });
    expect(connection!.connectedAt).toBeGreaterThanOrEqual(before);
    expect(stream.text).toContain(`id:${connection!.position}\n`);
  });

  test('what they do among parameters of Nest and of the application', async () => {
    const app = await start();
    const stream = await app.open('/mixed?q=a', { lastEventId: '7' });
    expect(await stream.whole()).toBe('data:["a","GET","7","/mixed?q=a","7"]\n\n');
  });

  test('nothing to parameters that have no decorator', async () => {
    const app = await start();
    expect(await (await app.open('/defaults')).whole()).toBe('data:["none","default"]\n\n');
  });

  test('nothing on a route without @SseStream, which is a 500', async () => {
    const app = await start();
    expect((await app.open('/no-stream')).status).toBe(500);
  });

  test('the response, which does not take the answer over', async () => {
    const app = await start();
    expect(await (await app.open('/response')).whole()).toBe('data:200\n\n');
  });
});
