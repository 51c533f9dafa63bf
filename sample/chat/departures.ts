import { Injectable } from '@nestjs/common';
import { SseHub, type HubStreamOptions } from 'nestjs-sse-hub';
import type { ChatEvents } from './chat-message.js';
import { StreamCounts } from './stream-counts.js';

// The hub keeps messages for as long by default: what someone saw before that cannot be sent twice.
const REMEMBERED_MS = 5 * 60_000;
const REMEMBERED_USERS = 10_000;

interface Departure {
  readonly position: string | undefined;
  readonly time: number;
}

/** Remembers where users left, for those who come back without a Last-Event-ID, as a new `curl` does. */
@Injectable()
export class Departures {
  private readonly streams = new StreamCounts();
  /** The longest gone first. */
  private readonly departures = new Map<string, Departure>();

  constructor(hub: SseHub) {
    hub.connections$.subscribe(({ type, connection: { user, position } }) => {
      if (user === undefined) return;
      if (type === 'connect') {
        this.streams.add(user);
        this.departures.delete(user);
      } else if (this.streams.remove(user)) this.leave(user, position);
    });
  }

  /** Where a user's stream starts: now, where the user left, or with the direct messages that wait for a new one. */
  startOf(user: string): Pick<HubStreamOptions<ChatEvents>, 'start' | 'filter'> {
    if (this.streams.has(user)) return { start: 'tail' };
    this.forget();
    const departure = this.departures.get(user);
    if (departure?.position !== undefined) return { start: departure.position };
    const now = Date.now();
    return {
      start: 'earliest',
      filter: ({ event, data }) => event === 'direct' || Date.parse(data.Timestamp) >= now,
    };
  }

  private leave(user: string, position: string | undefined): void {
    this.departures.set(user, { position, time: Date.now() });
    this.forget();
  }

  private forget(): void {
    const limit = Date.now() - REMEMBERED_MS;
    for (const [user, { time }] of this.departures) {
      if (time > limit && this.departures.size <= REMEMBERED_USERS) return;
      this.departures.delete(user);
    }
  }
}
