import { describe, expect, test } from '@jest/globals';
import { SseHub, type ConnectionEvent, type SseHubOptions } from 'nestjs-sse-hub';
import { lastValueFrom } from 'rxjs';
import { serveHub, topicsOf } from '../support/served-hub.js';

const serve = (options: SseHubOptions = {}) =>
  serveHub(options, (hub, request) => ({ stream: hub.stream(topicsOf(request)) }));

describe('presence', () => {
  test('tells who follows a topic', async () => {
    const { hub, open, connection } = await serveHub({}, (served, request) => ({
      stream: served.stream(topicsOf(request), { user: 'ann' }),
    }));
    await open('/?topic=a');
    const { id, connectedAt } = connection();
    await open('/?topic=b');
    expect(await hub.presence('a')).toEqual([{ id, user: 'ann', topics: ['a'], connectedAt }]);
  });

  test('tells of all hub streams where no topic is given, and forgets those that have ended', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const stream = await open('/?topic=a');
    await open('/?topic=b');
    expect((await hub.presence()).map(({ topics }) => topics)).toEqual([['a'], ['b']]);
    stream.leave();
    await nextDisconnect();
    expect((await hub.presence()).map(({ topics }) => topics)).toEqual([['b']]);
  });
});

describe('presenceChanges', () => {
  test('tells who is there, and then who comes to a topic and who leaves it', async () => {
    const { hub, open, connection, nextDisconnect } = await serve();
    await open('/?topic=a');
    const first = connection();
    const changes: [type: string, id: string][] = [];
    hub.presenceChanges('a').subscribe(({ type, id }) => changes.push([type, id]));
    const stream = await open('/?topic=b');
    const second = connection();
    await second.subscribe('a');
    first.unsubscribe('a');
    stream.leave();
    await nextDisconnect();
    expect(changes).toEqual([
      ['join', first.id],
      ['join', second.id],
      ['leave', first.id],
      ['leave', second.id],
    ]);
  });

  test('of no topic tells of all hub streams, until nobody listens', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const types: string[] = [];
    const listening = hub.presenceChanges().subscribe(({ type }) => types.push(type));
    const stream = await open('/?topic=a');
    stream.leave();
    await nextDisconnect();
    listening.unsubscribe();
    await open('/?topic=a');
    expect(types).toEqual(['join', 'leave']);
  });

  test('completes when the hub is closed', async () => {
    const hub = new SseHub();
    const last = lastValueFrom(hub.presenceChanges(), { defaultValue: 'completed' });
    await hub.close();
    expect(await last).toBe('completed');
  });
});

describe('disconnect', () => {
  test("ends the streams of a user, and nobody else's, and tells the reason", async () => {
    const { hub, open, nextDisconnect } = await serveHub({}, (served, request) => ({
      stream: served.stream('lobby', { user: topicsOf(request)[0] }),
    }));
    const [ann, bob] = [await open('/?topic=ann'), await open('/?topic=bob')];
    await hub.disconnect('ann', 'signed out');
    expect(await ann.ended).toBe('complete');
    expect(await nextDisconnect()).toMatchObject({ reason: 'disconnected', detail: 'signed out' });
    await hub.publish('lobby', { data: 'still here' });
    expect((await bob.nextEvent()).data).toBe('still here');
    expect(hub.connectionCount).toBe(1);
  });
});

describe('connections$', () => {
  test('tells of a stream that opens and of a client that leaves', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const events: ConnectionEvent[] = [];
    hub.connections$.subscribe((event) => events.push(event));
    const stream = await open('/?topic=a');
    stream.leave();
    await nextDisconnect();
    expect(events.map(({ type }) => type)).toEqual(['connect', 'disconnect']);
    expect(events[1]).toMatchObject({ reason: 'client', detail: undefined, connection: { topics: ['a'] } });
  });

  test('tells the position that a client that has left would resume from', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const stream = await open('/?topic=a');
    const { id } = await hub.publish('a', { data: '1' });
    await stream.nextEvent();
    stream.leave();
    expect((await nextDisconnect()).connection.position).toBe(id);
  });

  test('completes when the hub is closed', async () => {
    const hub = new SseHub();
    const last = lastValueFrom(hub.connections$, { defaultValue: 'completed' });
    await hub.close();
    expect(await last).toBe('completed');
  });
});

describe('close', () => {
  test('ends the streams with what was published before, and refuses new ones politely', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const stream = await open('/?topic=a');
    void hub.publish('a', { data: 'last' });
    const closed = hub.close();
    expect((await stream.nextEvent()).data).toBe('last');
    expect(await stream.ended).toBe('complete');
    expect((await nextDisconnect()).reason).toBe('shutdown');
    await closed;
    const late = await open('/?topic=a');
    expect(late.status).toBe(200);
    expect(await late.ended).toBe('complete');
  });
});

test('heartbeats of a caught-up stream carry the position, so that a quiet stream moves too', async () => {
  const { hub, open } = await serve({ heartbeat: { interval: 100 } });
  const stream = await open('/?topic=quiet');
  const { id } = await hub.publish('busy', { data: 'x' });
  await stream.untilText(`id:${id}\n\n`);
  expect(stream.events).toEqual([]);
});

test('a listener that publishes when a stream ends does not disturb a delivery', async () => {
  const { hub, open } = await serve();
  hub.connections$.subscribe((event) => {
    if (event.type === 'disconnect') void hub.publish('a', { data: 'somebody left' });
  });
  const [stays, leaves] = [await open('/?topic=a'), await open('/?topic=a')];
  leaves.leave();
  expect((await stays.nextEvent()).data).toBe('somebody left');
});
