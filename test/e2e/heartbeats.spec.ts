import { expect, test } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { SseHub, SseStream, type SseStreamOptions } from 'nestjs-sse-hub';
import { NEVER, of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const QUICK = { interval: 100 };

/** A controller whose streams have these options. */
function quiet(options: SseStreamOptions): Type {
  @Controller()
  class Quiet {
    constructor(private readonly hub: SseHub) {}

    @SseStream('silence', options)
    silence() {
      return NEVER;
    }

    @SseStream('news', options)
    news() {
      return this.hub.stream('news');
    }
  }
  return Quiet;
}

@Controller()
class QuietElsewhere {
  @SseStream('elsewhere')
  elsewhere() {
    return NEVER;
  }
}

describeOnEachPlatform('a stream without traffic', (platform) => {
  test('gets comments', async () => {
    const app = await startApp(platform, { controllers: [quiet({ heartbeat: QUICK })] });
    const stream = await app.open('/silence');
    await stream.untilText(':\n\n:\n\n');
    expect(stream.text).toMatch(/^(:\n\n)+$/);
    expect(stream.events).toEqual([]);
  });

  test('gets comments with the text that is wanted', async () => {
    const heartbeat = { ...QUICK, comment: 'still here' };
    const app = await startApp(platform, { controllers: [quiet({ heartbeat })] });
    const stream = await app.open('/silence');
    await stream.until(() => stream.comments.length > 1);
    expect(stream.comments.slice(0, 2)).toEqual(['still here', 'still here']);
  });

  test('gets its position when it follows topics, so that it resumes from where others have moved to', async () => {
    const app = await startApp(platform, { controllers: [quiet({ heartbeat: QUICK })] });
    const stream = await app.open('/news');
    const { id } = await app.hub.publish('elsewhere', { data: 'x' });
    await stream.untilText(`id:${id}\n\n`);
    expect(stream.events).toEqual([]);
  });

  test('gets comments instead of its position when that is not wanted', async () => {
    const heartbeat = { ...QUICK, position: false };
    const app = await startApp(platform, { controllers: [quiet({ heartbeat })] });
    const stream = await app.open('/news');
    await stream.untilText('\n\n:\n\n:\n\n');
    expect(stream.text.match(/id:/g)).toHaveLength(1);
  });

  test('gets events that scripts in a page can see when they have a name', async () => {
    const heartbeat = { ...QUICK, event: 'beat' };
    const app = await startApp(platform, { controllers: [quiet({ heartbeat })] });
    const stream = await app.open('/silence');
    expect(await stream.nextEvent()).toMatchObject({ event: 'beat', data: '' });
    expect(await stream.nextEvent()).toMatchObject({ event: 'beat', data: '' });
  });

  test('gets named events with its position when it follows topics', async () => {
    const heartbeat = { ...QUICK, event: 'beat' };
    const app = await startApp(platform, { controllers: [quiet({ heartbeat })] });
    const stream = await app.open('/news');
    const { id } = await app.hub.publish('elsewhere', { data: 'x' });
    await stream.until(() => stream.events.some((event) => event.id === id));
    expect(stream.events.at(-1)).toEqual({ event: 'beat', data: '', id });
  });

  test("gets what the module's options say when it has none of its own", async () => {
    const app = await startApp(platform, {
      controllers: [quiet({})],
      sse: { heartbeat: { ...QUICK, comment: 'of the module' } },
    });
    const stream = await app.open('/silence');
    await stream.until(() => stream.comments.includes('of the module'));
    expect(app.hub.connectionCount).toBe(1);
  });

  test('gets nothing when heartbeats are turned off', async () => {
    const app = await startApp(platform, {
      controllers: [quiet({ heartbeat: false }), QuietElsewhere],
      sse: { heartbeat: QUICK },
    });
    const silent = await app.open('/silence');
    const other = await app.open('/elsewhere');
    await other.until(() => other.comments.length > 2);
    expect(silent.text).toBe('');
  });
});

describeOnEachPlatform('the retry option', (platform) => {
  @Controller()
  class Retrying {
    constructor(private readonly hub: SseHub) {}

    @SseStream('own', { retry: 2_500 })
    own() {
      return of('a');
    }

    @SseStream('none')
    none() {
      return of('a');
    }

    @SseStream('silence', { retry: 0 })
    silence() {
      return NEVER;
    }

    @SseStream('news', { retry: 2_500 })
    news() {
      return this.hub.stream('news');
    }
  }

  test('is sent before the first event', async () => {
    const app = await startApp(platform, { controllers: [Retrying] });
    const stream = await app.open('/own');
    await stream.whole();
    expect(stream.retries).toEqual([2_500]);
    expect(stream.text.indexOf('retry:2500')).toBeLessThan(stream.text.indexOf('data:a'));
  });

  test('is sent at once to a stream that has nothing else to say, also as 0', async () => {
    const app = await startApp(platform, { controllers: [Retrying] });
    const stream = await app.open('/silence');
    await stream.until(() => stream.retries.length > 0);
    expect(stream.retries).toEqual([0]);
  });

  test('is sent with the first block of a stream that follows topics', async () => {
    const app = await startApp(platform, { controllers: [Retrying] });
    const stream = await app.open('/news');
    await stream.until(() => stream.retries.length > 0);
    expect(stream.text).toMatch(/^retry:2500\nid:[^\n]+\n\n$/);
  });

  test('is not sent by default', async () => {
    const app = await startApp(platform, { controllers: [Retrying] });
    expect(await (await app.open('/none')).whole()).toBe('data:a\n\n');
  });

  test('of the module is for every stream that has none of its own', async () => {
    const app = await startApp(platform, { controllers: [Retrying], sse: { retry: 700 } });
    const [own, none] = [await app.open('/own'), await app.open('/none')];
    await Promise.all([own.whole(), none.whole()]);
    expect([own.retries, none.retries]).toEqual([[2_500], [700]]);
  });
});
