import * as fc from 'fast-check';
import type { SseEvent } from 'nestjs-sse-hub';

const lineEnds = ['\r', '\n', '\r\n', '\n\n', '\r\r'];
const fields = ['data:', 'id:', 'event:', 'retry:1', '\ndata: x', '\n\nid:1\n', ':', ' '];
const oddities = [
  '\0',
  '\t',
  '\uFEFF',
  '\u2028',
  '\u2029',
  '\u0085',
  '\uD800',
  '\uDC00',
  '\u{1F0A1}',
  'é',
  'ω',
];
const meaningful = fc.constantFrom(...lineEnds, ...fields, ...oddities);
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Any string at all, lone surrogates included; often one that means something in an event stream. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.oneof(meaningful, codeUnit), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
);

export const anyName: fc.Arbitrary<string> = anyText.map((text) => text.replaceAll(/[\r\n]/g, ''));
export const anyId: fc.Arbitrary<string> = anyText
  .map((text) => text.replaceAll(/[\0\r\n]/g, ''))
  .filter((id) => id !== '');
export const anyRetry: fc.Arbitrary<number> = fc.nat(Number.MAX_SAFE_INTEGER);

/** Any event that can be sent, with data that is text. */
export const anyTextEvent: fc.Arbitrary<SseEvent<string>> = fc.record(
  { event: anyName, id: anyId, data: anyText, retry: anyRetry, comment: anyText },
  { requiredKeys: ['data'] },
);

/** Text as it arrives: line ends are LF, and what is no Unicode is replaced. */
export function asReceived(text: string): string {
  return asUnicode(text.replaceAll(/\r\n?/g, '\n'));
}

/** Lone surrogates cannot be written as UTF-8. */
export function asUnicode(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}
