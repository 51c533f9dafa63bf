import { SseError, type SseErrorCode } from '../errors/sse-error.js';
import type { ParsedEvent } from '../protocol/parse.js';

/** The answer of a server that is no event stream, as far as errors tell of it. */
export interface FailedResponse {
  /** Where it came from, behind all redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The beginning of its body as text, at the most 4 KiB of it. */
  readonly body: string;
}

/** What an error tells besides its message. */
export interface SseClientErrorDetails extends ErrorOptions {
  readonly response?: FailedResponse;
  readonly event?: ParsedEvent;
}

/** What went wrong in an `SseClient`; tell errors apart by `code`. */
export class SseClientError extends SseError {
  /** The answer, where it is what was wrong. */
  readonly response: FailedResponse | undefined;
  /** The event as it came, where it could not be decoded. */
  readonly event: ParsedEvent | undefined;

  constructor(
    code: SseErrorCode,
    message: string,
    { response, event, ...options }: SseClientErrorDetails = {},
  ) {
    super(code, message, options);
    this.response = response;
    this.event = event;
  }
}
