import { shown, SseError } from '../errors/sse-error.js';

/** How the text of an event's data came to be, so that it can be turned back: as it is, from JSON, from base64. */
export type DataKind = 'text' | 'json' | 'base64';

export interface SerializedData {
  readonly kind: DataKind;
  readonly text: string;
}

/**
 * Data as the text of `data:` lines.
 * @throws SseError `INVALID_DATA`
 */
export function serializeData(data: unknown, serialize?: (data: unknown) => string): SerializedData {
  if (serialize !== undefined) return { kind: 'text', text: serializeWith(serialize, data) };
  if (typeof data === 'string') return { kind: 'text', text: data };
  if (data instanceof Uint8Array) return { kind: 'base64', text: toBase64(data) };
  return { kind: 'json', text: toJson(data) };
}

/** The inverse of {@link serializeData} for each kind. */
export function deserializeData({ kind, text }: SerializedData): unknown {
  if (kind === 'json') return JSON.parse(text);
  if (kind === 'base64') return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return text;
}

function serializeWith(serialize: (data: unknown) => string, data: unknown): string {
  let text: unknown;
  try {
    text = serialize(data);
  } catch (cause) {
    throw new SseError('INVALID_DATA', `the serialize option threw for ${shown(data)}`, { cause });
  }
  if (typeof text === 'string') return text;
  throw new SseError(
    'INVALID_DATA',
    `the serialize option must return a string, but returned ${shown(text)}`,
  );
}

function toJson(data: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (cause) {
    throw new SseError(
      'INVALID_DATA',
      'JSON cannot hold the data (a cycle, a BigInt?); pass a string or set serialize',
      {
        cause,
      },
    );
  }
  if (text !== undefined) return text;
  throw new SseError(
    'INVALID_DATA',
    `JSON cannot hold the data: ${shown(data)}; pass a string or set serialize`,
  );
}

// String.fromCharCode takes its characters as arguments, whose number the engine limits.
const CHARACTERS_AT_ONCE = 0x2000;

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += CHARACTERS_AT_ONCE) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHARACTERS_AT_ONCE));
  }
  return btoa(binary);
}
