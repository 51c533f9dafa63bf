import { describe, expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CurrentConnection, SseHub, SseStream, type SseConnection, type SseError } from 'nestjs-sse-hub';
import { JitteryLog } from '../support/jittery-log.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { serveHub } from '../support/served-hub.js';
import { startApp } from '../support/start-app.js';

@Controller()
class Streams {
  readonly refusals: string[] = [];

  constructor(private readonly hub: SseHub) {}

  @SseStream('subscribed')
  subscribed(@CurrentConnection() connection: SseConnection) {
    void connection.subscribe('a');
    return this.hub.stream('b', { user: 'ann' });
  }

  @SseStream('with-id')
  withId(@CurrentConnection() connection: SseConnection) {
    void connection.send({ id: 'own', data: 'early' });
    return this.hub.stream('b');
  }

  @SseStream('fails-after-close')
  async failsAfterClose(@CurrentConnection() connection: SseConnection) {
    await connection.send({ data: 'last' });
    connection.close();
    throw new Error('too late');
  }

  @SseStream('closed')
  async closed(@CurrentConnection() connection: SseConnection) {
    await connection.send({ data: 'last' });
    connection.close();
    await connection.send({ data: 'late' }).catch(({ code }: SseError) => this.refusals.push(code));
  }
}

describeOnEachPlatform('A handler that uses its connection early', (platform) => {
  test('follows what it has subscribed to and what it returns, as one stream', async () => {
    const { hub, open, nextDisconnect } = await startApp(platform, { controllers: [Streams] });
    const stream = await open('/subscribed');
    await stream.untilText('\n\n');
    expect(stream.text).toMatch(/^id:\S+\n\n$/);
    await hub.publish('a', { data: 'a' });
    await hub.publish('b', { data: 'b' });
    await hub.sendTo('ann', { data: 'ann' });
    expect(await stream.nextData(3)).toEqual(['a', 'b', 'ann']);
    expect(await hub.presence()).toMatchObject([{ user: 'ann', topics: ['b', 'a'] }]);
    stream.leave();
    await nextDisconnect();
    expect(await hub.presence()).toEqual([]);
  });

  test('is answered with an error where it sent an id on what becomes a hub stream', async () => {
    const { open } = await startApp(platform, { controllers: [Streams] });
    expect((await open('/with-id')).status).toBe(500);
  });

  test('is reported where it fails after it has closed the stream', async () => {
    const errors: unknown[] = [];
    const sse = { onError: (error: unknown) => errors.push(error) };
    const { open, nextDisconnect } = await startApp(platform, { controllers: [Streams], sse });
    expect(await (await open('/fails-after-close')).whole()).toBe('data:last\n\n');
    expect((await nextDisconnect()).reason).toBe('closed');
    expect(errors).toEqual([new Error('too late')]);
  });

  test('cannot send any more once it has closed the stream', async () => {
    const { open, nest } = await startApp(platform, { controllers: [Streams] });
    const stream = await open('/closed');
    expect(await stream.whole()).toBe('data:last\n\n');
    expect(nest.get(Streams).refusals).toEqual(['CONNECTION_CLOSED']);
  });
});

describe('A stream that is still opening', () => {
  test('ends when its user is disconnected', async () => {
    const { hub, open, nextDisconnect } = await serveHub({ log: new JitteryLog() }, (served) => {
      // The log has not answered yet where the stream begins.
      queueMicrotask(() => void served.disconnect('ann', 'revoked'));
      return { stream: served.stream('a', { user: 'ann' }) };
    });
    expect(await (await open('/')).ended).toBe('complete');
    expect(await nextDisconnect()).toMatchObject({ reason: 'disconnected', detail: 'revoked' });
    expect(hub.connectionCount).toBe(0);
  });

  test('is written its first block before anything that a listener sends', async () => {
    const { hub, open } = await serveHub({ retry: 1_000 }, (served) => ({ stream: served.stream('a') }));
    hub.connections$.subscribe(({ type, connection }) => {
      if (type === 'connect') void connection.send({ data: 'welcome' });
    });
    const { id } = await hub.publish('a', { data: 'before' });
    const stream = await open('/');
    await stream.nextEvent();
    expect(stream.text).toBe(`retry:1000\nid:${id}\n\ndata:welcome\n\n`);
  });
});

test('hub.open on a response whose head has been sent reports it, and holds nothing', async () => {
  const { hub, open, errors, connection } = await serveHub({}, (served, _request, response) => {
    response.writeHead(200);
    response.end('taken');
    return { stream: served.stream('a') };
  });
  expect(await (await open('/')).whole()).toBe('taken');
  expect(connection().closeReason).toBeDefined();
  expect(errors.length).toBeLessThanOrEqual(1);
  expect(hub.connectionCount).toBe(0);
  await hub.close();
});

test('hub.open refuses a response that has a stream, and leaves that one alone', async () => {
  const exchanges: [IncomingMessage, ServerResponse][] = [];
  const { hub, open } = await serveHub({}, (served, request, response) => {
    exchanges.push([request, response]);
    return { stream: served.stream('a') };
  });
  const stream = await open('/');
  expect(() => hub.open(...exchanges[0]!)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  await hub.publish('a', { data: 'still here' });
  expect((await stream.nextEvent()).data).toBe('still here');
  expect(hub.connectionCount).toBe(1);
});

test('initial that gives neither events nor nothing ends its stream with the fix in the error', async () => {
  const { open, errors } = await serveHub({}, (served) => ({
    stream: served.stream('a', { initial: () => 'text' as never }),
  }));
  const stream = await open('/');
  expect((await stream.nextEvent()).event).toBe('error');
  expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_SOURCE' })]);
});
