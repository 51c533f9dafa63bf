import type { GapReason } from '../errors/gap-reason.js';
import { andThen, type Awaitable } from '../async/awaitable.js';
import type { Located, LogStart } from '../log/event-log.js';
import { parsePosition, type Position } from '../log/position.js';
import type { TopicKey } from '../log/topic-key.js';
import type { HubStream } from './hub-stream.js';
import type { LogReader } from './log-reader.js';

/** Where a stream begins. */
export interface Resumption {
  readonly offset: number;
  /** Losses of a topic up to here concern this stream not. */
  readonly forgiven: Located['forgiven'];
  /** Why the client cannot have everything since the id that it has sent. */
  readonly lost: Exclude<GapReason, 'lag'> | undefined;
}

/** Who begins: the stream, and the topics that it follows, which may be more than it names. */
export interface Beginner {
  readonly reader: LogReader;
  readonly stream: HubStream;
  readonly keys: Iterable<TopicKey>;
}

/** Where a stream begins: after the id that the client has sent, or where the stream says. */
export function resume(beginner: Beginner, lastEventId: string | undefined): Awaitable<Resumption> {
  const { reader, stream } = beginner;
  const start: HubStream['start'] = lastEventId === undefined ? stream.start : { id: lastEventId };
  if (start === 'tail') return andThen(reader.end(beginner), at);
  const id = typeof start === 'object' && 'id' in start ? start.id : undefined;
  // It has been cut, and names nothing; the log need not look.
  if (id !== undefined && id.length > reader.idLength) return restart(beginner, 'unknown-id');
  const position = id === undefined ? undefined : parsePosition(id);
  if (position === undefined) return locate(beginner, start);
  if (position.epoch !== reader.epoch) return resumeFromEarlier(beginner, position);
  return andThen(reader.verify(position.offset, beginner), () => {
    if (position.epoch !== reader.epoch) return resumeFromEarlier(beginner, position);
    return andThen(reader.end(beginner), (end) =>
      position.offset <= end ? at(position.offset) : resumeBeyond(beginner, position),
    );
  });
}

/**
 * A position that the log has not reached was never given to anybody. But a log that could not ask its server for its
 * end has told what it knew; to find the oldest it must have asked.
 */
function resumeBeyond(beginner: Beginner, { epoch, offset }: Position): Awaitable<Resumption> {
  return andThen(restart(beginner, 'unknown-id'), (oldest) =>
    andThen(beginner.reader.end(beginner), (end) =>
      offset <= end && epoch === beginner.reader.epoch ? at(offset) : oldest,
    ),
  );
}

function at(offset: number): Resumption {
  return { offset, forgiven: new Map(), lost: undefined };
}

function locate(beginner: Beginner, start: LogStart): Awaitable<Resumption> {
  return andThen(beginner.reader.locate(beginner.keys, start, beginner), (located) =>
    located.lost === undefined
      ? toResumption(located, undefined)
      : afterLoss(beginner, located, located.lost),
  );
}

/** What the client has seen is of another history: of one that this went on from, or of none that is known. */
function resumeFromEarlier(beginner: Beginner, { epoch, offset }: Position): Awaitable<Resumption> {
  const shared = beginner.reader.sharedWith(epoch);
  if (shared === undefined) return restart(beginner, 'epoch');
  const after = Math.min(offset, shared);
  return afterLoss(beginner, { after, forgiven: new Map(), lost: undefined }, 'epoch');
}

/** The id says nothing about this log's history: everything that is retained may be new to the client. */
function restart(beginner: Beginner, lost: Resumption['lost']): Awaitable<Resumption> {
  return andThen(beginner.reader.locate(beginner.keys, 'earliest', beginner), (located) =>
    afterLoss(beginner, located, lost),
  );
}

function afterLoss(beginner: Beginner, located: Located, lost: Resumption['lost']): Awaitable<Resumption> {
  const { reader, stream } = beginner;
  const skips = stream.onLag === 'latest' || stream.initial !== undefined;
  return skips ? andThen(reader.end(beginner), (end) => ({ ...at(end), lost })) : toResumption(located, lost);
}

function toResumption({ after, forgiven }: Located, lost: Resumption['lost']): Resumption {
  return { offset: after, forgiven, lost };
}
