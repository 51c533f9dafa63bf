/** Each gives a function that makes a parser, which takes chunks and tells the data of events. */
export const parsers = {
  async hub() {
    const { EventStreamParser } = await import('nestjs-sse-hub/client');
    return (onData) => {
      // With the limit that the client has by default.
      const parser = new EventStreamParser({ onEvent: ({ data }) => onData(data), maxEventBytes: 2 ** 24 });
      return (chunk) => parser.feed(chunk);
    };
  },

  async 'eventsource-parser'() {
    const { createParser } = await import('eventsource-parser-4');
    return (onData) => {
      const parser = createParser({ onEvent: ({ data }) => onData(data) });
      const decoder = new TextDecoder();
      return (chunk) => parser.feed(decoder.decode(chunk, { stream: true }));
    };
  },

  // What is behind the EventSource of undici, which has no parser to be used by itself.
  async undici() {
    const { EventSourceStream } = await import('undici/lib/web/eventsource/eventsource-stream.js');
    return (onData) => {
      const stream = new EventSourceStream({
        eventSourceSettings: { origin: '', reconnectionTime: 0, lastEventId: '' },
        push: ({ options }) => onData(options.data),
      });
      return (chunk) => stream.write(chunk);
    };
  },

  /** Knows that the stream has these fields in this order, and LF for line ends. */
  async control() {
    return (onData) => {
      const decoder = new TextDecoder();
      let rest = '';
      return (chunk) => {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) onData(block.slice(block.indexOf('\ndata:') + 6));
      };
    };
  },
};
