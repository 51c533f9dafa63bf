import { connections } from './scenarios/connections.mjs';
import { http1FanOut } from './scenarios/http1-fan-out.mjs';
import { http2FanOut } from './scenarios/http2-fan-out.mjs';
import { operations } from './scenarios/operations.mjs';
import { replay } from './scenarios/replay.mjs';
import { slowReaders } from './scenarios/slow-readers.mjs';

/** In the order in which they run; each gives one or several scenarios that share their servers. */
export const groups = [http1FanOut, http2FanOut, connections, slowReaders, replay, operations];
