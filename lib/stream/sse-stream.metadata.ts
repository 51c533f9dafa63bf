/** Where `@SseStream()` writes its options, and its interceptor reads them. */
export const SSE_STREAM_OPTIONS = 'sse:stream-options';
