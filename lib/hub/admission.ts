import type { Connection } from '../connection/connection.js';
import type { RefusalCause } from '../errors/refusal-cause.js';
import type { Limits } from '../options/limit-options.js';
import { addressKey } from './address-key.js';
import { Tally } from './tally.js';

/** Lets connections in while there is room; one that is in is never given up for another. */
export class Admission {
  #count = 0;
  readonly #byAddress = new Tally();
  readonly #byUser = new Tally();
  /** By what the connections are counted; only where there is a limit. */
  readonly #addresses = new Map<Connection, string>();
  readonly #users = new Map<Connection, string>();

  constructor(private readonly limits: Limits) {}

  /** Counts a connection, until {@link leave}; answers why it cannot come in, and then does not count it. */
  enter(connection: Connection): RefusalCause | undefined {
    if (this.#count >= this.limits.connections) return 'connections';
    if (!this.#enterFrom(connection)) return 'address';
    this.#count++;
    return undefined;
  }

  /** Counts one that has come in as a user's; false when the user has as many as there may be. */
  enterAs(connection: Connection, user: string): boolean {
    if (this.limits.connectionsPerUser === Infinity) return true;
    if (this.#byUser.of(user) >= this.limits.connectionsPerUser) return false;
    this.#users.set(connection, user);
    this.#byUser.add(user);
    return true;
  }

  leave(connection: Connection): void {
    this.#count--;
    const address = this.#addresses.get(connection);
    if (address !== undefined) this.#byAddress.remove(address);
    this.#addresses.delete(connection);
    const user = this.#users.get(connection);
    if (user !== undefined) this.#byUser.remove(user);
    this.#users.delete(connection);
  }

  #enterFrom(connection: Connection): boolean {
    const { connectionsPerAddress } = this.limits;
    const { address } = connection;
    if (connectionsPerAddress === Infinity || address === undefined) return true;
    const key = addressKey(address);
    if (this.#byAddress.of(key) >= connectionsPerAddress) return false;
    this.#addresses.set(connection, key);
    this.#byAddress.add(key);
    return true;
  }
}
