import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Controller, type MessageEvent, type Type } from '@nestjs/common';
import { SseStream } from 'nestjs-sse-hub';
import { concat, of } from 'rxjs';
import { describeOnEachPlatform, type Platform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

/** A controller whose route emits one item. */
function emitting(item: unknown): Type {
  @Controller()
  class Items {
    @SseStream('items')
    items() {
      return of(item);
    }
  }
  return Items;
}

async function wireOf(platform: Platform, item: unknown): Promise<string> {
  const app = await startApp(platform, { controllers: [emitting(item)] });
  return (await app.open('/items')).whole();
}

describeOnEachPlatform('an item of a source', (platform) => {
  test.each<[string, unknown, string]>([
    [
      'an event with all fields',
      { id: '7', event: 'price', retry: 100, comment: 'note', data: { a: 1 } },
      'id:7\nevent:price\nretry:100\n:note\ndata:{"a":1}\n\n',
    ],
    ['an event with an id alone', { id: '7' }, 'id:7\n\n'],
    ['a comment alone', { comment: 'note' }, ':note\n\n'],
    [
      "Nest's MessageEvent, whose event is called type",
      { type: 'price', id: '8', data: 'x' } satisfies MessageEvent,
      'id:8\nevent:price\ndata:x\n\n',
    ],
    ['a string', 'text', 'data:text\n\n'],
    ['a string of several lines', 'a\nb\r\nc\rd', 'data:a\ndata:b\ndata:c\ndata:d\n\n'],
    ['an empty string', '', 'data:\n\n'],
    ['a string that begins with a space', ' a', 'data:  a\n\n'],
    ['a number', 0, 'data:0\n\n'],
    ['null', null, 'data:null\n\n'],
    ['false', false, 'data:false\n\n'],
    ['an array', [1, 'b'], 'data:[1,"b"]\n\n'],
    ['an object with other keys', { symbol: 'AAPL' }, 'data:{"symbol":"AAPL"}\n\n'],
    [
      'an object with event keys and others',
      { id: 1, data: 'x', name: 'n' },
      'data:{"id":1,"data":"x","name":"n"}\n\n',
    ],
    ['an object without keys', {}, 'data:{}\n\n'],
    ['a date, as JSON has it', new Date(0), 'data:"1970-01-01T00:00:00.000Z"\n\n'],
    ['bytes, as base64', Uint8Array.of(1, 2, 255), 'data:AQL/\n\n'],
    ['text beyond ASCII', 'Grüße 🎈', 'data:Grüße 🎈\n\n'],
  ])('is %s', async (_item, item, wire) => {
    expect(await wireOf(platform, item)).toBe(wire);
  });

  test('cannot forge another event with its name', async () => {
    const wire = await wireOf(platform, { event: 'a\ndata:forged', data: 'x' });
    expect(wire).not.toContain('forged');
  });

  test('that cannot be encoded is a 500 while there still can be one', async () => {
    const cycle: Record<string, unknown> = { secret: 's' };
    cycle['self'] = cycle;
    @Controller()
    class Items {
      @SseStream('items')
      items() {
        return concat(of('first'), of(cycle), of('never'));
      }
    }
    const app = await startApp(platform, { controllers: [Items] });
    const stream = await app.open('/items');
    expect(stream.status).toBe(500);
    expect(await stream.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
  });

  test('may be a chunk of bytes of a Readable, as base64', async () => {
    @Controller()
    class Items {
      @SseStream('items')
      items() {
        return Readable.from([Buffer.from('hi')]);
      }
    }
    const app = await startApp(platform, { controllers: [Items] });
    expect(await (await app.open('/items')).whole()).toBe('data:aGk=\n\n');
  });
});
