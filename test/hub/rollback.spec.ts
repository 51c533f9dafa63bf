import { describe, expect, test } from '@jest/globals';
import type { HubStreamOptions } from 'nestjs-sse-hub';
import type { Client } from '../support/client.js';
import { LossyLog } from '../support/lossy-log.js';
import { serveHub, topicsOf } from '../support/served-hub.js';

type Stream = Awaited<ReturnType<Client['open']>>;

async function serve(options: HubStreamOptions = {}) {
  const log = new LossyLog();
  const served = await serveHub({ log }, (hub, request) => ({
    stream: hub.stream(topicsOf(request), options),
  }));
  const publish = async (topic: string, ...numbers: number[]) => {
    for (const number of numbers) await served.hub.publish(topic, { data: number });
  };
  return { ...served, log, publish };
}

async function next(stream: Stream, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { event, data } = await stream.nextEvent();
    seen.push(event === 'gap' ? `gap ${data}` : data);
  }
  return seen;
}

const GAP = 'gap {"reason":"epoch"}';

describe('A log that has lost what it had committed', () => {
  test('is told to every stream as a gap, and what is new follows', async () => {
    const { log, open, publish } = await serve();
    const [one, other] = await Promise.all([open('/?topic=a'), open('/?topic=b&topic=a')]);
    await publish('a', 1, 2, 3);
    expect(await next(one, 3)).toEqual(['1', '2', '3']);
    expect(await next(other, 3)).toEqual(['1', '2', '3']);
    log.rollBack(2);
    await publish('a', 4);
    for (const stream of [one, other]) expect(await next(stream, 2)).toEqual([GAP, '4']);
  });

  test('is told before anything of the new epoch, and what is on its way of the old one is not', async () => {
    const { log, hub, open } = await serve();
    const stream = await open('/?topic=a');
    void hub.publish('a', { data: 'lost' });
    log.rollBack(0);
    void hub.publish('a', { data: 'new' });
    expect(await next(stream, 2)).toEqual([GAP, 'new']);
  });

  test('gives again what a stream has not had and is still there', async () => {
    const { log, hub, open } = await serve();
    const stream = await open('/?topic=a');
    void hub.publish('a', { data: 'kept' });
    void hub.publish('a', { data: 'lost' });
    log.rollBack(1);
    void hub.publish('a', { data: 'new' });
    expect(await next(stream, 3)).toEqual([GAP, 'kept', 'new']);
  });

  test('has a client that comes back with an id of the old epoch go on from there, behind a gap', async () => {
    const { log, open, publish } = await serve();
    const stream = await open('/?topic=a');
    await publish('a', 1, 2, 3, 4);
    const ids = [];
    while (ids.length < 4) ids.push((await stream.nextEvent()).id!);
    log.rollBack(3);
    await publish('a', 5);
    const comeBack = (id: string) => open('/?topic=a', { headers: { 'last-event-id': id } });
    expect(await next(await comeBack(ids[1]!), 3)).toEqual([GAP, '3', '5']);
    // What this one has had is lost; the epoch was left before it.
    expect(await next(await comeBack(ids[3]!), 2)).toEqual([GAP, '5']);
  });

  test('has the gap carry an id from which everything new follows', async () => {
    const { log, open, publish } = await serve();
    const stream = await open('/?topic=a');
    await publish('a', 1);
    await next(stream, 1);
    log.rollBack(0);
    const gap = await stream.nextEvent();
    expect(gap.event).toBe('gap');
    await publish('a', 2);
    const resumed = await open('/?topic=a', { headers: { 'last-event-id': gap.id! } });
    expect(await next(resumed, 1)).toEqual(['2']);
  });

  test('has a stream with a snapshot be sent it anew', async () => {
    let state = 'before';
    const { log, open, publish } = await serve({ initial: () => ({ data: state }) });
    const stream = await open('/?topic=a');
    expect(await next(stream, 1)).toEqual(['before']);
    state = 'after';
    log.rollBack(0);
    await publish('a', 1);
    expect(await next(stream, 3)).toEqual([GAP, 'after', '1']);
  });

  test('is told once of two losses at a time, and again of a later one', async () => {
    const { log, open, publish } = await serve();
    const stream = await open('/?topic=a');
    await publish('a', 1, 2, 3);
    expect(await next(stream, 3)).toEqual(['1', '2', '3']);
    log.rollBack(2);
    log.rollBack(1);
    await publish('a', 4);
    expect(await next(stream, 2)).toEqual([GAP, '4']);
    log.rollBack(1);
    await publish('a', 5);
    expect(await next(stream, 2)).toEqual([GAP, '5']);
  });
});
