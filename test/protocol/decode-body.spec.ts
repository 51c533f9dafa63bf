import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { SseEvent } from 'nestjs-sse-hub';
import { decodeBody } from '../../lib/protocol/decode-body.js';
import { encodeFields } from '../../lib/protocol/encode.js';
import { deserializeData } from '../../lib/protocol/serialize.js';
import { anyTextEvent } from '../support/arbitrary-event.js';

/** What a filter sees of an event. */
function seen(event: SseEvent): { event: string | undefined; data: unknown } {
  const { body, kind } = encodeFields(event);
  const { event: name, data } = decodeBody(body);
  return { event: name, data: data === undefined ? undefined : deserializeData({ kind, text: data }) };
}

describe('What a filter sees', () => {
  test('is the name and the text that were published, with LF as line end', () => {
    fc.assert(
      fc.property(anyTextEvent, (event) => {
        expect(seen(event)).toEqual({
          event: event.event === '' ? undefined : event.event,
          data: event.data!.replaceAll(/\r\n?/g, '\n'),
        });
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the JSON that was published', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        fc.pre(typeof data !== 'string');
        expect(seen({ data }).data).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  test('is the bytes that were published', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        expect(seen({ data }).data).toEqual(Uint8Array.from(data));
      }),
    );
  });

  test('is no data where none was published, whatever the comment says', () => {
    expect(seen({ event: 'tick', comment: 'x\ndata:forged\nevent:forged' })).toEqual({
      event: 'tick',
      data: undefined,
    });
  });

  test('is empty text where empty text was published', () => {
    expect(seen({ data: '' })).toEqual({ event: undefined, data: '' });
  });
});
