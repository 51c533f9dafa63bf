import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Chunk } from '../../lib/connection/chunk.js';
import { HeartbeatWheel, TICK_MS } from '../../lib/connection/heartbeat.js';
import { Outlet } from '../../lib/connection/outlet.js';
import type { ResponseWriter } from '../../lib/connection/response-writer.js';
import { Turn } from '../../lib/connection/turn.js';
import { Vigil, type Watched } from '../../lib/connection/vigil.js';
import { resolveStreamOptions, type StreamOptions } from '../../lib/options/stream-options.js';
import { seed, seededRandom } from '../support/seeded-random.js';

const PIECE = 64 * 1024;
const HIGH_WATER_MARK = 16 * 1024;
// What HTTP/1.1 adds to a chunk.
const FRAMING = 8;
const MINUTE = 60_000;

/**
 * Writes as Node does: what is pending leaves as one write, of which nothing is known before it is complete, and what
 * comes meanwhile as the next one.
 */
class SlowWriter implements ResponseWriter {
  #inFlight = 0;
  #left = 0;
  #waiting = 0;

  constructor(private readonly onDrain: () => void) {}

  get pending(): number {
    return this.#inFlight + this.#waiting;
  }

  write(chunk: Chunk): boolean {
    this.#waiting += chunk.length + FRAMING;
    this.#begin();
    return this.pending < HIGH_WATER_MARK;
  }

  /** The client takes so many bytes. */
  take(bytes: number): void {
    const wasPending = this.pending > 0;
    for (let left = bytes; left > 0 && this.#inFlight > 0;) {
      const taken = Math.min(left, this.#left);
      left -= taken;
      this.#left -= taken;
      if (this.#left > 0) return;
      this.#inFlight = 0;
      this.#begin();
    }
    if (wasPending && this.pending === 0) this.onDrain();
  }

  // Nothing is pending for a turn only.
  cork(): void {}
  uncork(): void {}
  end(): void {}
  destroy(): void {}

  #begin(): void {
    if (this.#inFlight > 0) return;
    this.#inFlight = this.#waiting;
    this.#left = this.#waiting;
    this.#waiting = 0;
  }
}

// Always at its end: nothing is kept back.
const turn = Object.defineProperty(new Turn(), 'isEnding', { value: true });

function chunkOf(bytes: number): Chunk {
  return Chunk.of('x'.repeat(bytes));
}

/** A stream with a client that takes what it is told to, and its vigil. */
class Stream implements Watched {
  readonly told: string[] = [];
  readonly writer = new SlowWriter(() => this.outlet.onDrain());
  readonly outlet = new Outlet(this.writer, turn);
  readonly vigil: Vigil;
  #hasEnded = false;

  constructor(
    private readonly wheel: HeartbeatWheel,
    options: StreamOptions,
  ) {
    this.vigil = new Vigil(wheel, this.outlet, resolveStreamOptions(options), this);
  }

  write(bytes: number): void {
    if (this.#hasEnded) return;
    const wasBlocked = this.outlet.isBlocked;
    this.outlet.write(chunkOf(bytes), this.wheel.tick);
    if (this.outlet.isBlocked && !wasBlocked) this.vigil.onBlocked();
  }

  onQuiet(): void {
    this.told.push('quiet');
    this.write(3);
  }

  onStalled(): void {
    this.told.push('stalled');
    this.#end();
  }

  onExpired(): void {
    this.told.push('expired');
    this.#end();
  }

  destroy(): void {
    this.told.push('destroyed');
  }

  /** Its response is dropped, and gone. */
  #end(): void {
    this.#hasEnded = true;
    this.vigil.lingerFor(5_000);
    this.vigil.stop();
  }
}

describe('The vigil of a stream', () => {
  let wheel: HeartbeatWheel;

  beforeEach(() => {
    jest.useFakeTimers();
    wheel = new HeartbeatWheel();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const watch = (options: StreamOptions, expiresAt = Infinity) => {
    const stream = new Stream(wheel, options);
    stream.vigil.begin(expiresAt);
    return stream;
  };

  describe('whose client takes nothing', () => {
    test('tells that it has stalled when the timeout is over, and not before', () => {
      const stream = watch({ heartbeat: false, stallTimeout: MINUTE });
      stream.write(PIECE - FRAMING);
      pass(MINUTE - 1);
      expect(stream.told).toEqual([]);
      pass(2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test.each([0, 1, 50, 99])('gives it the whole timeout, %i ms into a tick', (offset) => {
      watch({ heartbeat: { interval: 100 } });
      pass(offset);
      const stream = watch({ heartbeat: false, stallTimeout: 300 });
      stream.write(PIECE - FRAMING);
      pass(299);
      expect(stream.told).toEqual([]);
      pass(2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test('tells so where heartbeats would be due meanwhile, and none is written', () => {
      const stream = watch({ heartbeat: { interval: 1_000 }, stallTimeout: MINUTE });
      stream.write(PIECE);
      pass(MINUTE + 2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test('tells so where it is blocked before the vigil begins', () => {
      const stream = new Stream(wheel, { heartbeat: false, stallTimeout: 1_000 });
      stream.outlet.write(chunkOf(PIECE - FRAMING), wheel.tick);
      stream.vigil.begin(Infinity);
      pass(1_000 + 2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test('waits as much longer as what it must take at once is larger than 64 KiB', () => {
      const stream = watch({ heartbeat: false, stallTimeout: MINUTE });
      stream.write(2.5 * PIECE - FRAMING);
      pass(2.5 * MINUTE - 1);
      expect(stream.told).toEqual([]);
      pass(2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test('does not wait longer for what is sent to it meanwhile', () => {
      const stream = watch({ heartbeat: false, stallTimeout: MINUTE });
      stream.write(PIECE - FRAMING);
      for (let second = 0; second < 60; second++) {
        pass(1_000);
        stream.write(PIECE);
      }
      pass(2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test('tells nothing where the timeout is 0', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 0 });
      stream.write(PIECE);
      pass(24 * 60 * MINUTE);
      expect(stream.told).toEqual([]);
    });

    test('tells nothing of one that ended meanwhile', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(PIECE);
      stream.vigil.stop();
      pass(MINUTE);
      expect(stream.told).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('whose client is slow', () => {
    test('tells nothing while it takes 64 KiB in each timeout, however large the writes', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(20 * PIECE);
      for (let period = 0; period < 20; period++) {
        pass(1_000);
        stream.writer.take(PIECE + FRAMING);
      }
      expect(stream.told).toEqual([]);
      expect(stream.outlet.isBlocked).toBe(false);
    });

    test('tells nothing while it completes small writes, and more is sent to it meanwhile', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(HIGH_WATER_MARK);
      for (let period = 0; period < 20; period++) {
        pass(500);
        stream.write(HIGH_WATER_MARK);
        pass(400);
        stream.writer.take(HIGH_WATER_MARK + FRAMING);
      }
      expect(stream.told).toEqual([]);
    });

    test('tells so when it takes less than 64 KiB in each timeout', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(4 * PIECE);
      for (let period = 0; period < 5; period++) {
        pass(1_000);
        stream.writer.take(PIECE / 2);
      }
      expect(stream.told).toEqual(['stalled']);
    });

    test('tells so when it takes a byte now and then', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(PIECE - FRAMING);
      for (let tenth = 0; tenth < 13; tenth++) {
        pass(100);
        stream.writer.take(1);
      }
      expect(stream.told).toEqual(['stalled']);
    });

    test('begins anew when it has taken everything', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      for (let period = 0; period < 20; period++) {
        stream.write(PIECE - 2 * FRAMING);
        pass(900);
        stream.writer.take(PIECE);
      }
      expect(stream.told).toEqual([]);
      stream.write(PIECE - 2 * FRAMING);
      pass(1_000 + 2 * TICK_MS);
      expect(stream.told).toEqual(['stalled']);
    });

    test(`tells nothing of clients of 64 KiB in each timeout, whatever they are sent (SEED=${seed})`, () => {
      const random = seededRandom(seed);
      const streams = Array.from({ length: 50 }, () => watch({ heartbeat: false, stallTimeout: 2_000 }));
      for (let step = 0; step < 2_000; step++) {
        for (const { writer, outlet } of streams) {
          // 64 KiB and the framing in 2,000 ms.
          writer.take((PIECE / 2_000) * 50 * 1.01);
          if (outlet.pending > 20 * PIECE) continue;
          const stream = streams.find((one) => one.outlet === outlet)!;
          if (random() < 0.05) stream.write(Math.ceil(random() ** 4 * 10 * PIECE));
        }
        pass(50);
      }
      expect(streams.flatMap(({ told }) => told)).toEqual([]);
    });

    test(`tells so of clients of half of that, when they are sent more than they take (SEED=${seed})`, () => {
      const random = seededRandom(seed);
      const streams = Array.from({ length: 50 }, () => watch({ heartbeat: false, stallTimeout: 2_000 }));
      for (let step = 0; step < 4_000; step++) {
        for (const stream of streams) {
          stream.writer.take((PIECE / 2_000) * 50 * 0.5);
          if (stream.outlet.pending < 2 * PIECE) stream.write(PIECE * (1 + random()));
        }
        pass(50);
      }
      expect(streams.map(({ told }) => told)).toEqual(streams.map(() => ['stalled']));
    });
  });

  describe('whose client takes everything', () => {
    test('tells that it is quiet once an interval, and never that it has stalled', () => {
      const stream = watch({ heartbeat: { interval: 15_000 }, stallTimeout: 1_000 });
      for (let beat = 0; beat < 10; beat++) {
        pass(15_000);
        stream.writer.take(100);
      }
      expect(stream.told).toEqual(Array.from({ length: 10 }, () => 'quiet'));
    });

    test('tells nothing of one that is idle, without heartbeats', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 1_000 });
      stream.write(100);
      pass(60 * MINUTE);
      expect(stream.told).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    });

    test('tells that it is quiet again when it was blocked, and is no more', () => {
      const stream = watch({ heartbeat: { interval: 1_000 }, stallTimeout: MINUTE });
      stream.write(PIECE);
      pass(10_000);
      expect(stream.told).toEqual([]);
      stream.writer.take(2 * PIECE);
      pass(2_000);
      expect(stream.told).toContain('quiet');
    });

    test('tells that it is quiet again where it was blocked before the vigil began and nothing bounds a stall', () => {
      const stream = new Stream(wheel, { heartbeat: { interval: 1_000 }, stallTimeout: 0 });
      stream.outlet.write(chunkOf(PIECE), wheel.tick);
      stream.vigil.begin(Infinity);
      stream.writer.take(2 * PIECE);
      pass(2_000);
      expect(stream.told).toContain('quiet');
    });
  });

  describe('that expires', () => {
    test('tells so at its time, and no earlier', () => {
      pass(30);
      const stream = watch({ heartbeat: false }, Date.now() + 12_345);
      pass(12_344);
      expect(stream.told).toEqual([]);
      pass(2 * TICK_MS);
      expect(stream.told).toEqual(['expired']);
    });

    test('tells so while its client takes nothing', () => {
      const stream = watch({ heartbeat: false, stallTimeout: 0 }, Date.now() + 1_000);
      stream.write(PIECE);
      pass(1_000 + 2 * TICK_MS);
      expect(stream.told).toEqual(['expired']);
    });

    test('tells so where it is blocked before the vigil begins and nothing bounds a stall', () => {
      const stream = new Stream(wheel, { heartbeat: false, stallTimeout: 0 });
      stream.outlet.write(chunkOf(PIECE), wheel.tick);
      stream.vigil.begin(Date.now() + 1_000);
      pass(1_000 + 2 * TICK_MS);
      expect(stream.told).toEqual(['expired']);
    });

    test('tells so at an earlier time that it is given later', () => {
      const stream = watch({ heartbeat: false }, Date.now() + MINUTE);
      stream.vigil.expireAt(Date.now() + 1_000);
      pass(1_000 + 2 * TICK_MS);
      expect(stream.told).toEqual(['expired']);
    });

    test('tells so once where its time has passed already', () => {
      const stream = watch({ heartbeat: { interval: 1_000 } }, Date.now() - 1);
      pass(MINUTE);
      expect(stream.told).toEqual(['expired']);
    });

    test('is looked at no more often than every five seconds until then', () => {
      const looks = jest.spyOn(Vigil.prototype, 'onTick');
      watch({ heartbeat: false }, Date.now() + 60 * MINUTE);
      pass(59 * MINUTE);
      expect(looks.mock.calls.length).toBeLessThanOrEqual((59 * MINUTE) / 5_000);
      looks.mockRestore();
    });
  });

  describe('that has ended', () => {
    test('tells when the last bytes have not been taken in time', () => {
      const stream = watch({ stallTimeout: 1_000 });
      stream.write(PIECE);
      stream.vigil.lingerFor(5_000);
      pass(4_900 - TICK_MS);
      expect(stream.told).toEqual([]);
      pass(3 * TICK_MS);
      expect(stream.told).toEqual(['destroyed']);
      expect(jest.getTimerCount()).toBe(0);
    });

    test('is not expected to end at another time any more', () => {
      const stream = watch({ heartbeat: false }, Date.now() + MINUTE);
      stream.vigil.lingerFor(5_000);
      stream.vigil.expireAt(Date.now() + 1_000);
      pass(2 * MINUTE);
      expect(stream.told).toEqual(['destroyed']);
    });
  });

  test('needs no timer of its own, however many streams are blocked', () => {
    for (let n = 0; n < 1_000; n++) {
      const stream = watch({ stallTimeout: 1_000 + n }, Date.now() + MINUTE);
      stream.write(PIECE);
    }
    expect(jest.getTimerCount()).toBe(1);
    pass(5 * MINUTE);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('plans nothing anew for each write of a client that is slow', () => {
    const add = jest.spyOn(wheel, 'add');
    const stream = watch({ stallTimeout: MINUTE });
    for (let write = 0; write < 1_000; write++) {
      stream.write(PIECE);
      stream.writer.take(2 * PIECE);
    }
    expect(add.mock.calls.length).toBeLessThan(3);
  });
});

function pass(milliseconds: number): void {
  jest.advanceTimersByTime(milliseconds);
}
