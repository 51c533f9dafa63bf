import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The two ends of a connection that goes through the proxy. */
type Pair = readonly [inner: Socket, outer: Socket];

/** Stands before some servers on this machine: leads connections to them by turns, and breaks these. */
export class TcpProxy {
  /** Connections that have been cut. */
  cuts = 0;
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  #targets: readonly number[];
  #next = 0;
  #isHeld = false;

  private constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#server = createServer((inner) => this.#lead(inner));
  }

  /** @param targets ports */
  static async start(...targets: number[]): Promise<TcpProxy> {
    const proxy = new TcpProxy(targets);
    proxy.#server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open. */
  get count(): number {
    return this.#pairs.size;
  }

  /** Leads those who come from now on elsewhere. */
  leadTo(...targets: number[]): void {
    this.#targets = targets;
  }

  /** Cuts each connection that the function picks; all by default. */
  cut(picks: () => boolean = () => true): void {
    for (const [inner, outer] of this.#pairs) {
      if (!picks()) continue;
      this.cuts++;
      inner.resetAndDestroy();
      outer.resetAndDestroy();
    }
  }

  /** Takes nothing from anybody any more: whatever is on its way stays there, until it is lost by {@link drop}. */
  hold(): void {
    this.#isHeld = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Cuts all connections, with what is held of them; those that come from now on are led on. */
  drop(): void {
    this.#isHeld = false;
    this.cut();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #lead(inner: Socket): void {
    const outer = connect(this.#targets[this.#next++ % this.#targets.length]!, '127.0.0.1');
    const pair: Pair = [inner, outer];
    this.#pairs.add(pair);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.setNoDelay();
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
      if (this.#isHeld) from.pause();
    }
  }
}
