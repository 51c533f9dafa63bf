import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SseHub, type PresenceChange } from 'nestjs-sse-hub';
import { redisLog } from 'nestjs-sse-hub/redis';
import { compileServer, type CompiledServer } from '../../support/compiled-server.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { serveHub, topicsOf, type ServedHub } from '../../support/served-hub.js';
import { until } from '../../support/until.js';

let redis: RedisServer;
let compiled: CompiledServer;

beforeAll(async () => {
  redis = await startRedis();
  compiled = compileServer('test/log/redis/presence-server.ts');
});

afterAll(async () => {
  await compiled.remove();
  await redis.stop();
});

/** Several nodes that share a log; `?topic=` names what a stream follows, `?user=` whose it is. */
async function serveNodes(count: number, prefix: string = randomUUID()): Promise<ServedHub[]> {
  const nodes = Array.from({ length: count }, () => {
    const log = redisLog({ url: redis.url, prefix, checkInterval: 200, presenceTimeout: 1_000 });
    return serveHub({ log }, (hub, request) => {
      const user = new URL(request.url!, 'http://localhost').searchParams.get('user') ?? undefined;
      return { stream: hub.stream(topicsOf(request), { user }) };
    });
  });
  return Promise.all(nodes);
}

function noteChanges(hub: SseHub, topic?: string): PresenceChange[] {
  const changes: PresenceChange[] = [];
  hub.presenceChanges(topic).subscribe((change) => changes.push(change));
  return changes;
}

describe('Nodes that share a log', () => {
  test('deliver what any of them publishes, sends to a user or broadcasts, in one order', async () => {
    const [one, other] = await serveNodes(2);
    const streams = await Promise.all([one!.open('/?topic=a&user=ann'), other!.open('/?topic=a&user=ann')]);
    const published: string[] = [];
    for (let number = 0; number < 20; number++) {
      const { hub } = number % 2 === 0 ? one! : other!;
      const event = { data: String(number) };
      const kinds = [
        () => hub.publish('a', event),
        () => hub.sendTo('ann', event),
        () => hub.broadcast(event),
      ];
      published.push((await kinds[number % 3]!()).id);
    }
    for (const stream of streams) {
      const events = [];
      while (events.length < 20) events.push(await stream.nextEvent());
      expect(events.map(({ data }) => data)).toEqual(
        Array.from({ length: 20 }, (_, number) => String(number)),
      );
      expect(events.map(({ id }) => id)).toEqual(published);
    }
  });

  test('resume a stream where it was left on another, also beyond what that has read', async () => {
    const [one, other] = await serveNodes(2);
    const stream = await one!.open('/?topic=a');
    await one!.hub.publish('a', { data: '1' });
    const { id } = await stream.nextEvent();
    stream.leave();
    await one!.hub.publish('a', { data: '2' });
    const resumed = await other!.open('/?topic=a', { headers: { 'last-event-id': id! } });
    expect(await resumed.nextEvent()).toMatchObject({ data: '2' });
    const { id: newest } = await one!.hub.publish('b', { data: '3' });
    const ahead = await other!.open('/?topic=a', { headers: { 'last-event-id': newest } });
    await one!.hub.publish('a', { data: '4' });
    expect(await ahead.nextEvent()).toMatchObject({ data: '4' });
  });

  test('end the streams of a user wherever they are, and those of nobody else', async () => {
    const [one, other] = await serveNodes(2);
    const [here, there] = await Promise.all([one!.open('/?user=ann'), other!.open('/?user=ann')]);
    const bob = await other!.open('/?user=bob');
    await one!.hub.disconnect('ann', 'signed out');
    expect(await here.ended).toBe('complete');
    expect(await there.ended).toBe('complete');
    expect(await other!.nextDisconnect()).toMatchObject({ reason: 'disconnected', detail: 'signed out' });
    await one!.hub.broadcast({ data: 'still here' });
    expect((await bob.nextEvent()).data).toBe('still here');
  });

  test('know who follows a topic on all of them, and who comes and goes', async () => {
    const [one, other] = await serveNodes(2);
    const changes = noteChanges(one!.hub, 'a');
    await one!.open('/?topic=a&user=ann');
    const { id: ann } = one!.connection();
    const stream = await other!.open('/?topic=a&topic=b&user=bob');
    const bob = other!.connection();
    await until(async () => (await one!.hub.presence('a')).length === 2);
    const present = [...(await one!.hub.presence('a'))].sort((a, b) => a.connectedAt - b.connectedAt);
    expect(present).toMatchObject([
      { id: ann, user: 'ann', topics: ['a'] },
      { id: bob.id, user: 'bob', topics: ['a', 'b'], connectedAt: bob.connectedAt },
    ]);
    expect(await one!.hub.presence('b')).toMatchObject([{ user: 'bob' }]);
    expect(await one!.hub.presence()).toHaveLength(2);
    await bob.subscribe('c');
    bob.unsubscribe('b');
    await until(async () => (await one!.hub.presence('b')).length === 0);
    expect(await one!.hub.presence('c')).toMatchObject([{ id: bob.id, topics: ['a', 'c'] }]);
    stream.leave();
    await until(() => changes.length === 3);
    expect(changes.map(({ type, id }) => [type, id])).toEqual([
      ['join', ann],
      ['join', bob.id],
      ['leave', bob.id],
    ]);
    expect(await one!.hub.presence()).toMatchObject([{ id: ann }]);
  });

  test('tell those who ask later who is there already', async () => {
    const [one, other] = await serveNodes(2);
    await one!.open('/?topic=a&user=ann');
    await until(async () => (await other!.hub.presence('a')).length === 1);
    const changes = noteChanges(other!.hub, 'a');
    await until(() => changes.length === 1);
    const more = noteChanges(other!.hub, 'a');
    expect(more).toMatchObject([{ type: 'join', user: 'ann' }]);
    expect(more).toEqual(changes);
  });

  test('forget the streams of one that has died without a word, within the stated time', async () => {
    const prefix = randomUUID();
    const [one] = await serveNodes(1, prefix);
    const changes = noteChanges(one!.hub, 'a');
    const doomed = await compiled.start({ REDIS_URL: redis.url, PREFIX: prefix });
    const abort = new AbortController();
    await fetch(`http://127.0.0.1:${doomed.port}/?topic=a`, { signal: abort.signal });
    await until(async () => (await one!.hub.presence('a')).length === 1);
    const id = (await one!.hub.presence('a'))[0]!.id;
    await doomed.stop('SIGKILL');
    await until(async () => (await one!.hub.presence('a')).length === 0);
    await until(() => changes.length === 2);
    expect(changes.map(({ type, id: told }) => [type, told])).toEqual([
      ['join', id],
      ['leave', id],
    ]);
  });

  test('tell of their streams again when the server has forgotten them', async () => {
    const [one, other] = await serveNodes(2);
    await one!.open('/?topic=a&user=ann');
    await until(async () => (await other!.hub.presence('a')).length === 1);
    await redis.command('FLUSHALL');
    expect(await other!.hub.presence('a')).toEqual([]);
    await until(async () => (await other!.hub.presence('a')).length === 1);
  });

  test('reject presence while the server is away', async () => {
    const [one] = await serveNodes(1);
    await one!.hub.ready;
    await redis.kill();
    await expect(one!.hub.presence('a')).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await redis.restart();
    await until(async () => Array.isArray(await one!.hub.presence('a').catch(() => undefined)));
  });
});
