import { andThen, isPromiseLike } from '../async/awaitable.js';
import { shown, SseError } from '../errors/sse-error.js';
import type { ParsedEvent } from '../protocol/parse.js';
import { deserializeData } from '../protocol/serialize.js';
import { SseClientError } from './client-error.js';

/** What validators have in common (Standard Schema 1): zod, valibot, arktype and others. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What such a validator answers: a value, or what is wrong with it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/**
 * How an event's data is made of its text: `'text'` leaves it, `'json'` parses it, `'base64'` makes bytes of it, a
 * schema checks the parsed JSON, and a function does what it does.
 */
export type Decoder<Data = unknown> =
  | 'text'
  | 'json'
  | 'base64'
  | StandardSchema<Data>
  | ((data: string, event: ParsedEvent) => Data | Promise<Data>);

/** How the data of each event is decoded: by its name, or as all others. */
export class Decoding {
  readonly #named: ReadonlyMap<string, Decoder>;

  /** @throws SseError `INVALID_OPTION` */
  constructor(
    private readonly fallback: Decoder = 'text',
    named: Readonly<Record<string, Decoder | undefined>> = {},
  ) {
    checkDecoder('decode', fallback);
    // A map, since there may be events that are called as what every object has.
    this.#named = new Map(
      Object.entries(named).flatMap(([name, decoder]) =>
        decoder === undefined ? [] : [[name, checkDecoder(`decoders.${name}`, decoder)]],
      ),
    );
  }

  /**
   * The data of an event, or a promise of it where its decoder needs time.
   * @throws SseClientError `DECODE_FAILED`, with the event as it came
   */
  decode(event: ParsedEvent): unknown {
    const decoder = this.#named.get(event.type) ?? this.fallback;
    if (decoder === 'text') return event.data;
    try {
      const data = decoded(decoder, event);
      return isPromiseLike(data) ? Promise.resolve(data).catch((cause: unknown) => fail(event, cause)) : data;
    } catch (cause) {
      return fail(event, cause);
    }
  }
}

function checkDecoder(name: string, decoder: unknown): Decoder {
  if (decoder === 'text' || decoder === 'json' || decoder === 'base64' || typeof decoder === 'function')
    return decoder as Decoder;
  if (isSchema(decoder)) return decoder;
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be 'text', 'json', 'base64', a function, or a schema that follows Standard Schema, but is ${shown(decoder)}`,
  );
}

/** Some libraries' schemas are functions that have the property; those are schemas. */
function isSchema(decoder: unknown): decoder is StandardSchema {
  if (typeof decoder !== 'object' && typeof decoder !== 'function') return false;
  return typeof (decoder as Partial<StandardSchema>)?.['~standard']?.validate === 'function';
}

function decoded(decoder: Exclude<Decoder, 'text'>, event: ParsedEvent): unknown {
  if (decoder === 'json' || decoder === 'base64') return deserializeData({ kind: decoder, text: event.data });
  if (!isSchema(decoder)) return decoder(event.data, event);
  return andThen(decoder['~standard'].validate(JSON.parse(event.data)), valueOf);
}

function valueOf(result: StandardResult<unknown>): unknown {
  if (result.issues === undefined) return result.value;
  throw new TypeError(result.issues.map(({ message }) => message).join('; '));
}

function fail(event: ParsedEvent, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : shown(cause);
  throw new SseClientError(
    'DECODE_FAILED',
    `the data of event ${shown(event.type)} cannot be decoded: ${why}; it is ${shown(event.data)}`,
    { cause, event },
  );
}
