import { setTimeout as delay } from 'node:timers/promises';
import { SseError } from '../../errors/sse-error.js';
import { isPassing, toErrorReply } from './error-reply.js';
import type { RedisLink, RedisServers } from './redis-link.js';
import { RedisLine } from './redis-line.js';
import { runScript } from './redis-scripts.js';
import type { ScriptName } from './scripts.js';

// Milliseconds after which a server is asked again that could not answer for the moment.
const PAUSE_MS = 50;

/** What is told of the connection that commands go by. */
export interface CommandsUser {
  /** A connection is there; where this rejects, it is given up for another. */
  onUp(link: RedisLink): Promise<void>;
  /** Commands go by it from now on. */
  onReady(): void;
  onDown(): void;
  /** A server has refused to serve, in its own words. */
  onRefused(error: unknown): void;
}

/** Runs scripts on the server that has the hub's keys, by one connection. */
export class RedisCommands {
  readonly #line: RedisLine;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(
    servers: RedisServers,
    user: CommandsUser,
    private readonly timeout: number,
    patience: number,
  ) {
    this.#line = new RedisLine(
      servers,
      {
        onUp: (link) => user.onUp(link),
        onReady: () => {
          this.#wake();
          user.onReady();
        },
        onDown: () => user.onDown(),
        onRefused: (error) => user.onRefused(error),
      },
      patience,
    );
  }

  /** The connection, where there is one. */
  get link(): RedisLink | undefined {
    return this.#line.link;
  }

  start(): void {
    this.#line.start();
  }

  /**
   * Runs a script once, by a connection that is there.
   * @param timeout milliseconds after which the connection is given up
   */
  run(
    link: RedisLink,
    name: ScriptName,
    keys: readonly string[],
    values: readonly string[],
    timeout = this.timeout,
  ): Promise<unknown> {
    return runScript(link, name, keys, values, timeout);
  }

  /**
   * Runs a script once.
   * @throws SseError `LOG_UNAVAILABLE` where there is no connection; what the client rejects with
   */
  async try(name: ScriptName, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    const { link } = this;
    if (link === undefined) throw new SseError('LOG_UNAVAILABLE', 'there is no connection to Redis');
    try {
      return await this.run(link, name, keys, values);
    } catch (error) {
      await this.follow(error, link);
      throw error;
    }
  }

  /** Has another server be looked for, where the error says that this is the wrong one. */
  follow(error: unknown, link: RedisLink): Promise<void> {
    return this.#line.follow(error, link);
  }

  /**
   * Runs a script that changes nothing by being run twice, as often as it takes; waits while there is no connection.
   * @throws SseError `LOG_UNAVAILABLE` where the server refuses, `HUB_CLOSED` when the log is closed
   */
  async ask(name: ScriptName, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    for (;;) {
      if (this.#isClosed)
        throw new SseError('HUB_CLOSED', 'the log is closed; nothing can be read from it any more');
      const { link } = this;
      if (link === undefined) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      try {
        return await this.run(link, name, keys, values);
      } catch (error) {
        const reply = toErrorReply(error);
        if (reply !== undefined && !isPassing(reply)) throw unavailable(error);
        await this.follow(error, link);
        await delay(PAUSE_MS);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.#line.close();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** That the log cannot be used now, for a reason that the server has given. */
export function unavailable(cause: unknown): SseError {
  const { message } = cause as Error;
  return new SseError('LOG_UNAVAILABLE', `Redis cannot take this now: ${message}`, { cause });
}
