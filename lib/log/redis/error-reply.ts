/** What a server has answered in place of a reply: its first word, and the rest. */
export interface ErrorReply {
  readonly code: string;
  readonly text: string;
}

// What a server says while it cannot do anything for the moment, or is not the one to ask: nothing has been done.
const PASSING = new Set([
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'READONLY',
  'MASTERDOWN',
  'LOADING',
  'BUSY',
  'NOREPLICAS',
]);

const REPLY = /^([A-Z]{2,}) (.*)/s;

/** The server's own answer; undefined where the connection has failed. */
export function toErrorReply(error: unknown): ErrorReply | undefined {
  const found = error instanceof Error ? REPLY.exec(error.message) : null;
  return found === null ? undefined : { code: found[1]!, text: found[2]! };
}

/** Whether the same may be asked again a little later. */
export function isPassing({ code }: ErrorReply): boolean {
  return PASSING.has(code);
}

/** Whether another server has to be found. */
export function isElsewhere({ code }: ErrorReply): boolean {
  return code === 'MOVED' || code === 'READONLY' || code === 'MASTERDOWN' || code === 'CLUSTERDOWN';
}

/** Where the slot is by now; undefined where the server does not say. */
export function movedTo({
  code,
  text,
}: ErrorReply): { readonly host: string; readonly port: number } | undefined {
  const found = code === 'MOVED' ? /^\d+ (.+):(\d+)$/.exec(text) : null;
  return found === null ? undefined : { host: found[1]!, port: Number(found[2]) };
}
