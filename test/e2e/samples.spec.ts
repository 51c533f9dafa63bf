import { expect, test } from '@jest/globals';
import type { ClientStream, ReceivedEvent } from '../support/client-stream.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startSample, type RunningSample } from '../support/start-sample.js';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/;

describeOnEachPlatform('the quickstart', (platform) => {
  test('sends the time every second, and logs the last event id that it was given', async () => {
    const sample = await startSample(platform);

    const stream = await sample.open('/sse', { lastEventId: '1681141432283' });
    const first = await stream.nextEvent();
    const second = await stream.nextEvent();

    expect(stream.status).toBe(200);
    expect([first.event, second.event]).toEqual(['timestamp', 'timestamp']);
    expect(first.data).toMatch(RFC_3339);
    expect(stream.text.startsWith(`retry:3000\n\nevent:timestamp\ndata:${first.data}\n\n`)).toBe(true);
    expect(Date.parse(second.data)).toBeGreaterThan(Date.parse(first.data));
    expect(sample.log).toContain('last event ID: "1681141432283"');
    stream.leave();
  });
});

describeOnEachPlatform('the prices', (platform) => {
  test('come every second for both symbols, with the time as the id of both', async () => {
    const sample = await startSample(platform);

    const stream = await sample.open('/price');
    await stream.until(() => stream.events.length >= 4);

    const second = String.raw`id:(\d{13})\nevent:AAPL\ndata:\d+\.\d{6}\n\nid:\1\nevent:AMZN\ndata:\d+\.\d{6}\n\n`;
    expect(stream.text).toMatch(new RegExp(String.raw`^retry:3000\nid:\S+\n\n${second}`));
    expect(new Set(stream.events.map(({ id }) => id)).size).toBe(2);
    expect(Math.abs(Number(stream.events[0]!.id) - Date.now())).toBeLessThan(60_000);
    stream.leave();
  });

  test('reach a client that comes back, without those that it has seen', async () => {
    const sample = await startSample(platform);
    const witness = await sample.open('/price');
    const stream = await sample.open('/price');
    await stream.until(() => stream.events.length >= 2);
    const lastEventId = stream.events[1]!.id!;
    stream.leave();

    await witness.until(() => witness.events.length >= 4);
    const resumed = await sample.open('/price', { lastEventId });
    await resumed.until(() => resumed.events.length >= 3);

    // Two events share each id, so the second one of them may come twice.
    const isNew = ({ id }: ReceivedEvent) => id !== lastEventId;
    expect(resumed.events.filter(isNew).slice(0, 2)).toEqual(witness.events.filter(isNew).slice(0, 2));
    expect(resumed.events.filter(({ event }) => event === 'gap')).toEqual([]);
    witness.leave();
    resumed.leave();
  });
});

describeOnEachPlatform('the chat', (platform) => {
  test('carries a broadcast to everyone, and answers with it', async () => {
    const sample = await startSample(platform);
    const hertz = await sample.open('/chat/sse?username=hertz');
    const fasthttp = await sample.open('/chat/sse?username=fasthttp');

    const answer = await post(sample, '/chat/broadcast?from=kitex&message=cloudwego');
    const event = await hertz.nextEvent();

    expect(event.event).toBe('broadcast');
    expect(event.data).toMatch(
      /^\{"Type":"broadcast","From":"kitex","To":"","Message":"cloudwego","Timestamp":"[^"]+"\}$/,
    );
    expect(timestampOf(event)).toMatch(RFC_3339);
    expect(await fasthttp.nextEvent()).toEqual(event);
    expect(answer.status).toBe(201);
    expect(await answer.whole()).toBe(event.data);
    expect(hertz.text).toMatch(/^retry:3000\nid:\S+\n\nid:\S+\nevent:broadcast\ndata:\{.*\}\n\n$/);
    leave(hertz, fasthttp);
  });

  test('is not heard by those who follow the prices', async () => {
    const sample = await startSample(platform);
    const prices = await sample.open('/price');

    await post(sample, '/chat/broadcast?from=kitex&message=cloudwego');
    await prices.until(() => prices.events.length >= 2);

    expect(prices.events.map(({ event }) => event)).not.toContain('broadcast');
    leave(prices);
  });

  test('carries a direct message to its user only', async () => {
    const sample = await startSample(platform);
    const hertz = await sample.open('/chat/sse?username=hertz');
    const fasthttp = await sample.open('/chat/sse?username=fasthttp');

    await post(sample, '/chat/direct?from=kitex&message=hello%20hertz&to=hertz');
    await post(sample, '/chat/broadcast?from=kitex&message=after');

    expect((await hertz.nextEvent()).data).toMatch(
      /^\{"Type":"direct","From":"kitex","To":"hertz","Message":"hello hertz","Timestamp":"[^"]+"\}$/,
    );
    expect(messageOf(await hertz.nextEvent())).toBe('after');
    expect(messageOf(await fasthttp.nextEvent())).toBe('after');
    leave(hertz, fasthttp);
  });

  test('keeps what is said while someone is away, and says nothing twice', async () => {
    const sample = await startSample(platform);
    const first = await sample.open('/chat/sse?username=hertz');
    await post(sample, '/chat/direct?from=kitex&message=seen&to=hertz');
    await first.nextEvent();
    await leaveAndWait(sample, first);
    await post(sample, '/chat/direct?from=kitex&message=direct&to=hertz');
    await post(sample, '/chat/broadcast?from=kitex&message=broadcast');

    const second = await sample.open('/chat/sse?username=hertz');
    expect([messageOf(await second.nextEvent()), messageOf(await second.nextEvent())]).toEqual([
      'direct',
      'broadcast',
    ]);
    await leaveAndWait(sample, second);

    const third = await sample.open('/chat/sse?username=hertz');
    await post(sample, '/chat/direct?from=kitex&message=new&to=hertz');
    expect(messageOf(await third.nextEvent())).toBe('new');
    leave(third);
  });

  test('gives someone new the direct messages that wait, and no old broadcast', async () => {
    const sample = await startSample(platform);
    await post(sample, '/chat/direct?from=kitex&message=waiting&to=hertz');
    await post(sample, '/chat/broadcast?from=kitex&message=old');
    await untilNextMillisecond();

    const stream = await sample.open('/chat/sse?username=hertz');
    await post(sample, '/chat/broadcast?from=kitex&message=new');

    expect(messageOf(await stream.nextEvent())).toBe('waiting');
    expect(messageOf(await stream.nextEvent())).toBe('new');
    leave(stream);
  });

  test('takes someone to have left when the last stream has closed', async () => {
    const sample = await startSample(platform);
    const phone = await sample.open('/chat/sse?username=hertz');
    const laptop = await sample.open('/chat/sse?username=hertz');
    const others = sample.hub.connectionCount;
    phone.leave();
    await phone.ended;
    await post(sample, '/chat/direct?from=kitex&message=on%20the%20laptop&to=hertz');
    await laptop.nextEvent();
    expect(others).toBe(2);

    const tablet = await sample.open('/chat/sse?username=hertz');
    await post(sample, '/chat/direct?from=kitex&message=on%20both&to=hertz');
    expect(messageOf(await tablet.nextEvent())).toBe('on both');
    expect(messageOf(await laptop.nextEvent())).toBe('on both');
    leave(laptop);
    await leaveAndWait(sample, tablet);

    await post(sample, '/chat/direct?from=kitex&message=away&to=hertz');
    const back = await sample.open('/chat/sse?username=hertz');
    expect(messageOf(await back.nextEvent())).toBe('away');
    leave(back);
  });

  test('resumes after the Last-Event-ID that a browser sends', async () => {
    const sample = await startSample(platform);
    const stream = await sample.open('/chat/sse?username=hertz');
    await post(sample, '/chat/broadcast?from=kitex&message=1');
    await post(sample, '/chat/direct?from=kitex&message=2&to=hertz');
    const { id } = await stream.nextEvent();
    await leaveAndWait(sample, stream);

    const resumed = await sample.open('/chat/sse?username=hertz', { lastEventId: id! });
    expect(messageOf(await resumed.nextEvent())).toBe('2');
    leave(resumed);
  });

  test.each([
    ['GET', '/chat/sse', 'username'],
    ['GET', '/chat/sse?username=', 'username'],
    ['GET', '/chat/sse?username=a&username=b', 'username'],
    ['POST', '/chat/broadcast', 'from, message'],
    ['POST', '/chat/broadcast?from=kitex', 'message'],
    ['POST', '/chat/direct?message=&from=kitex', 'message, to'],
  ])('answers %s %s with a 400 that names %s', async (method, path, names) => {
    const sample = await startSample(platform);

    const answer = await sample.open(path, { method });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      message: `the query needs one non-empty value for each of: ${names}`,
    });
  });
});

describeOnEachPlatform('the sample application', (platform) => {
  test('lists its routes', async () => {
    const sample = await startSample(platform);

    const answer = await sample.open('/');

    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await answer.whole()).toContain('POST /chat/direct?from=&message=&to=');
  });
});

async function post(sample: RunningSample, path: string): Promise<ClientStream> {
  const answer = await sample.open(path, { method: 'POST' });
  await answer.whole();
  return answer;
}

function leave(...streams: ClientStream[]): void {
  for (const stream of streams) stream.leave();
}

/** Leaves, as the last one, and waits until the server has noticed. */
async function leaveAndWait(sample: RunningSample, stream: ClientStream): Promise<void> {
  stream.leave();
  await sample.untilNoConnections();
}

function messageOf({ data }: ReceivedEvent): string {
  return (JSON.parse(data) as { Message: string }).Message;
}

function timestampOf({ data }: ReceivedEvent): string {
  return (JSON.parse(data) as { Timestamp: string }).Timestamp;
}

/** The chat tells messages of one millisecond apart by nothing. */
async function untilNextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise(setImmediate);
}
