import { SseError } from '../errors/sse-error.js';

/**
 * What Nest's interceptors see instead of what the handler returned, which is kept aside: an Observable would be
 * flattened into their chain, and they may map or cache what they see.
 */
class StreamPlaceholder {
  /** Called when something sends the placeholder as an answer: an interceptor has kept it from another request. */
  toJSON(): never {
    throw new SseError(
      'ANSWERED_FROM_CACHE',
      'an interceptor answered the route of an event stream with what it kept from another request; exclude routes with @SseStream() from it',
    );
  }
}

export const STREAM_PLACEHOLDER = Object.freeze(new StreamPlaceholder());
