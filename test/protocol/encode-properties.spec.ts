import { describe, expect, test } from '@jest/globals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import * as fc from 'fast-check';
import { encodeEvent, type SseEvent } from 'nestjs-sse-hub';
import {
  anyId,
  anyName,
  anyRetry,
  anyText,
  anyTextEvent,
  asReceived,
  asUnicode,
} from '../support/arbitrary-event.js';
import { decodeNaively, type DecodedEvent } from '../support/naive-decoder.js';

const RUNS = { numRuns: 2_000 };

/** What a client that follows the standard makes of these events. */
function received(events: readonly SseEvent<string>[]): DecodedEvent[] {
  let lastEventId = '';
  const dispatched: DecodedEvent[] = [];
  for (const { id, event = '', data } of events) {
    if (id !== undefined) lastEventId = asUnicode(id);
    if (data === undefined) continue;
    dispatched.push({ type: asUnicode(event) || 'message', data: asReceived(data), lastEventId });
  }
  return dispatched;
}

function encodeAll(events: readonly SseEvent[]): Buffer {
  return Buffer.concat(events.map(encodeEvent));
}

/** What the widely used parser makes of a stream that arrives in pieces. */
function parse(bytes: Uint8Array, pieceLength: number) {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry: (retry) => retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  const decoder = new TextDecoder();
  for (let start = 0; start < bytes.length; start += pieceLength) {
    parser.feed(decoder.decode(bytes.subarray(start, start + pieceLength), { stream: true }));
  }
  return { events, retries };
}

describe('Whatever is sent', () => {
  test('a decoder written from the standard gets the same events', () => {
    fc.assert(
      fc.property(fc.array(anyTextEvent, { maxLength: 5 }), (events) => {
        expect(decodeNaively(encodeAll(events)).events).toEqual(received(events));
      }),
      RUNS,
    );
  });

  test('eventsource-parser gets the same events, in pieces of any length', () => {
    fc.assert(
      fc.property(
        fc.array(anyTextEvent, { maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (events, length) => {
          const parsed = parse(encodeAll(events), length).events;
          expect(parsed.map(({ event, data, id }) => ({ event, data, id }))).toEqual(
            events.map(({ event, data, id }) => ({
              event: event === undefined || event === '' ? undefined : asUnicode(event),
              data: asReceived(data!),
              id: id === undefined ? undefined : asUnicode(id),
            })),
          );
        },
      ),
      RUNS,
    );
  });

  test('clients get the retry that was sent', () => {
    fc.assert(
      fc.property(anyTextEvent, anyRetry, (event, retry) => {
        const bytes = encodeEvent({ ...event, retry });
        expect(decodeNaively(bytes).retry).toBe(retry);
        expect(parse(bytes, 10).retries).toEqual([retry]);
      }),
      RUNS,
    );
  });

  test('what JSON can hold arrives as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        fc.pre(typeof data !== 'string');
        const [event] = decodeNaively(encodeEvent({ data })).events;
        expect(JSON.parse(event!.data)).toEqual(JSON.parse(JSON.stringify(data)));
      }),
      RUNS,
    );
  });

  test('bytes arrive as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const [event] = decodeNaively(encodeEvent({ data })).events;
        expect(Uint8Array.from(Buffer.from(event!.data, 'base64'))).toEqual(Uint8Array.from(data));
      }),
    );
  });
});

describe('No input', () => {
  const bystander = { id: 'bystander', event: 'bystander', data: 'bystander' };

  test('of data forges a second event, a name, an id or a retry', () => {
    fc.assert(
      fc.property(anyText, (data) => {
        const { events, lastEventId, retry } = decodeNaively(encodeAll([{ data }, { data: 'x' }]));
        expect(events).toHaveLength(2);
        expect(events.map(({ type }) => type)).toEqual(['message', 'message']);
        expect({ lastEventId, retry }).toEqual({ lastEventId: '', retry: undefined });
      }),
      RUNS,
    );
  });

  test('of a comment has any effect', () => {
    fc.assert(
      fc.property(anyText, (comment) => {
        const alone = decodeNaively(encodeAll([bystander]));
        expect(decodeNaively(encodeAll([{ comment }, { ...bystander, comment }, { comment }]))).toEqual(
          alone,
        );
      }),
      RUNS,
    );
  });

  test('of an id does more than set the id', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const { events, lastEventId, retry } = decodeNaively(encodeEvent({ id }));
        expect({ events, lastEventId, retry }).toEqual({
          events: [],
          lastEventId: asUnicode(id),
          retry: undefined,
        });
      }),
      RUNS,
    );
  });

  test('of a name does more than name', () => {
    fc.assert(
      fc.property(anyName, (event) => {
        const { events, lastEventId, retry } = decodeNaively(encodeEvent({ event, data: '' }));
        expect(events).toEqual([{ type: asUnicode(event) || 'message', data: '', lastEventId: '' }]);
        expect({ lastEventId, retry }).toEqual({ lastEventId: '', retry: undefined });
      }),
      RUNS,
    );
  });

  test('is accepted where a line end or NUL would be written into a field', () => {
    const lineEnd = fc.constantFrom('\r', '\n', '\r\n');
    fc.assert(
      fc.property(anyText, lineEnd, anyText, (before, end, after) => {
        const text = before + end + after;
        expect(() => encodeEvent({ id: text })).toThrow(expect.objectContaining({ code: 'INVALID_ID' }));
        expect(() => encodeEvent({ id: `${before}\0${after}` })).toThrow(
          expect.objectContaining({ code: 'INVALID_ID' }),
        );
        expect(() => encodeEvent({ event: text, data: '' })).toThrow(
          expect.objectContaining({ code: 'INVALID_EVENT_NAME' }),
        );
      }),
    );
  });
});
