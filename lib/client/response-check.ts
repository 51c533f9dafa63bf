import { shown } from '../errors/sse-error.js';
import { SseClientError, type FailedResponse } from './client-error.js';

const SHOWN_BYTES = 4_096;

// Milliseconds that they may take: an answer that drips is told of by its status all the same.
const PATIENCE_MS = 1_000;

/** Whether an answer is an event stream: status 200, and `text/event-stream` with whatever parameters (WHATWG HTML 9.2.3). */
export function problemOf(response: Response): string | undefined {
  if (response.status !== 200) return `the server answered with status ${response.status}`;
  const type = response.headers.get('content-type');
  // The essence of a MIME type is in front of its parameters, and in any case (WHATWG MIME sniffing 4.2).
  if (type?.split(';', 1)[0]!.trim().toLowerCase() === 'text/event-stream') return undefined;
  return `the answer's content type is ${type === null ? 'missing' : shown(type)}, not text/event-stream`;
}

/** The error of an answer that is not read, whose body is given up. */
export async function badResponse(response: Response, why: string, cause?: unknown): Promise<SseClientError> {
  const failed: FailedResponse = {
    url: response.url,
    status: response.status,
    headers: response.headers,
    body: await beginningOf(response.body),
  };
  const body = failed.body === '' ? '' : `: ${shown(failed.body)}`;
  return new SseClientError('BAD_RESPONSE', `${why}${body}`, { response: failed, cause });
}

/** What comes of a body's first 4 KiB within a second, until it ends or breaks; the rest is given up. */
async function beginningOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null || body.locked) return '';
  const reader = body.getReader();
  const giveUp = (): Promise<void> => reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => void giveUp(), PATIENCE_MS);
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let room = SHOWN_BYTES; room > 0;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, room), { stream: true });
      room -= value.length;
    }
  } catch {
    // What has come until it broke says enough.
  }
  clearTimeout(timer);
  await giveUp();
  return text;
}
