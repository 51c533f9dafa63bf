import { expect, test } from '@jest/globals';
import { Controller, Get, ServiceUnavailableException, type Provider } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { memoryLog, SseHealthIndicator, SseHub, SseStream, type EventLog } from 'nestjs-sse-hub';
import { firstValueFrom, Subject } from 'rxjs';
import { createClient } from '../support/client.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Controller('terminus')
class TerminusHealth {
  constructor(
    private readonly health: HealthCheckService,
    private readonly sse: SseHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.sse.isReady()]);
  }

  @Get('live')
  @HealthCheck()
  live() {
    return this.health.check([() => this.sse.isLive()]);
  }
}

@Controller('plain')
class PlainHealth {
  constructor(private readonly sse: SseHealthIndicator) {}

  @Get('ready')
  async ready() {
    const result = await this.sse.isReady();
    if (result.sse.status === 'down') throw new ServiceUnavailableException(result);
    return result;
  }

  @Get('live')
  live() {
    return this.sse.isLive();
  }
}

@Controller()
class News {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  follow() {
    return this.hub.stream('news');
  }
}

/** A log whose health is what the test says. */
function frailLog() {
  let trouble: Error | undefined;
  const log: EventLog = Object.assign(memoryLog(), {
    health: () => (trouble === undefined ? Promise.resolve() : Promise.reject(trouble)),
  });
  return {
    log,
    fail: () => (trouble = new Error('away: redis://user:hunter2@10.0.0.1')),
    recover: () => (trouble = undefined),
  };
}

describeOnEachPlatform('Health over HTTP', (platform) => {
  const start = (log: EventLog = memoryLog(), providers: Provider[] = []) =>
    startApp(platform, {
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [TerminusHealth, PlainHealth, News],
      providers,
      sse: { log },
    });

  test.each(['/terminus/ready', '/terminus/live'])('is 200 when all is well (%s)', async (path) => {
    const app = await start();
    const answer = await app.open(path);
    expect(answer.status).toBe(200);
    const sse = { status: 'up', streams: 0, draining: false };
    expect(await answer.json()).toEqual({ status: 'ok', info: { sse }, error: {}, details: { sse } });
  });

  test.each(['/plain/ready', '/plain/live'])('needs no Terminus (%s)', async (path) => {
    const app = await start();
    const answer = await app.open(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ sse: { status: 'up', streams: 0, draining: false } });
  });

  test.each(['/terminus', '/plain'])(
    'is 503 for readiness and 200 for life until the log is open (%s)',
    async (path) => {
      const opened = new Subject<number>();
      const log: EventLog = Object.assign(memoryLog(), { open: () => firstValueFrom(opened) });
      // The module does not let the application listen before; a hub that is made without it does.
      const hub = new SseHub({ log });
      const useValue = new SseHealthIndicator(hub, log);
      const app = await start(undefined, [{ provide: SseHealthIndicator, useValue }]);
      const down = await app.open(`${path}/ready`);
      expect(down.status).toBe(503);
      expect(await down.whole()).toContain('"message":"the log is not open yet"');
      expect((await app.open(`${path}/live`)).status).toBe(200);
      opened.next(0);
      await hub.ready;
      expect((await app.open(`${path}/ready`)).status).toBe(200);
    },
  );

  test.each(['/terminus', '/plain'])(
    'is 503 for readiness and 200 for life when the log is away (%s)',
    async (path) => {
      const { log, fail, recover } = frailLog();
      const app = await start(log);
      fail();
      const down = await app.open(`${path}/ready`);
      expect(down.status).toBe(503);
      expect(await down.whole()).toContain('"message":"the log cannot take events"');
      expect(down.text).not.toContain('hunter2');
      expect((await app.open(`${path}/live`)).status).toBe(200);
      recover();
      expect((await app.open(`${path}/ready`)).status).toBe(200);
    },
  );

  test.each(['/terminus', '/plain'])(
    'is 503 for readiness and 200 for life while the hub drains (%s)',
    async (path) => {
      const app = await start();
      await (await app.open('/news')).untilText('id:');
      const closed = app.hub.close();
      // Whoever probes comes on a connection of its own; one that has carried a stream is retired.
      const prober = createClient(app.origin, platform.httpVersion);
      const down = await prober.open(`${path}/ready`);
      expect(down.status).toBe(503);
      expect(await down.whole()).toContain('"draining":true');
      expect((await prober.open(`${path}/live`)).status).toBe(200);
      prober.close();
      await closed;
    },
  );
});
