/** Express' response or Fastify's reply, as far as answering goes. */
export interface PlatformReply {
  readonly statusCode: number;
  /** Express' */
  readonly headersSent?: boolean;
  /** Fastify's: whether something has been given to it to send. */
  readonly sent?: boolean;
  header?: (name: string, value: string) => unknown;
  send?: () => unknown;
  json?: () => unknown;
}

/** Whether an answer has been sent, or is on its way. */
export function isAnswered({ headersSent, sent }: PlatformReply): boolean {
  return headersSent === true || sent === true;
}

// One function for all responses.
function doNothing(this: unknown): unknown {
  return this;
}

/** Has Nest's own answer come to nothing: the response is a stream's, or has been answered by the handler itself. */
export function muteReply(reply: PlatformReply): void {
  reply.send = doNothing;
  reply.json = doNothing;
}
