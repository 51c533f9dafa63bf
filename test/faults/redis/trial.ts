import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compileServer, type CompiledServer, type StartedServer } from '../../support/compiled-server.js';
import { seed, seededRandom } from '../../support/seeded-random.js';
import { TcpProxy } from '../tcp-proxy.js';
import { check, type Verdict } from './checker.js';
import { Publishing } from './publishing.js';
import { readRecords, type Acknowledged, type Evidence, type Seen } from './records.js';
import { Witness } from './witness.js';

/** Whether the tests run at their whole size. */
export const isFull = process.env['FAULTS_SIZE'] === 'full';

// Milliseconds after which something hangs.
const PATIENCE_MS = 60_000;

export interface TrialOptions {
  readonly clients: number;
  readonly topics: number;
  /** Which of several trials that are alike. */
  readonly turn?: number;
  /** What each node is told of its Redis. */
  readonly nodes: readonly Record<string, string>[];
}

/** What has been done to everybody, by what it is. */
export type Deeds = Record<string, number>;

/** Nodes of an application behind a proxy, clients of all of them, and somebody who publishes. */
export class Trial {
  readonly random: () => number;
  readonly deeds: Deeds = {};
  readonly publishing: Publishing;
  readonly #begun = performance.now();
  readonly #nodes: StartedServer[] = [];
  readonly #witnesses: Witness[] = [];

  private constructor(
    private readonly options: TrialOptions,
    private readonly compiled: CompiledServer,
    private readonly folder: string,
    private readonly front: TcpProxy,
  ) {
    this.random = seededRandom(seed + (options.turn ?? 0));
    this.publishing = new Publishing({
      port: front.port,
      topics: options.topics,
      file: this.#fileOf('acknowledged'),
      random: this.random,
    });
  }

  /** Resolves when all clients are there. */
  static async begin(options: TrialOptions): Promise<Trial> {
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-trial-'));
    mkdirSync(join(folder, 'clients'));
    const compiled = compileServer('test/faults/redis/hub-node.ts');
    const trial = new Trial(options, compiled, folder, await TcpProxy.start());
    try {
      await trial.#startAll();
    } catch (error) {
      await trial.end();
      throw error;
    }
    return trial;
  }

  get nodes(): readonly StartedServer[] {
    return this.#nodes;
  }

  /** Counts what is done, for the summary. */
  note(deed: string): void {
    this.deeds[deed] = (this.deeds[deed] ?? 0) + 1;
  }

  /** Kills a node, and starts it again a while later. */
  async killNode(number: number): Promise<void> {
    this.note('nodes killed');
    const { port } = this.#nodes[number]!;
    await this.#nodes[number]!.stop('SIGKILL');
    await delay(200 + this.random() * 800);
    this.#nodes[number] = await this.#start(number, port);
  }

  /** Has a node stand still for a while. */
  async pauseNode(number: number): Promise<void> {
    this.note('nodes paused');
    this.#nodes[number]!.signal('SIGSTOP');
    await delay(1_000 + this.random() * 2_000);
    this.#nodes[number]!.signal('SIGCONT');
  }

  /** Cuts connections to the nodes at random. */
  cutSome(share: number): void {
    this.note('times cut');
    this.front.cut(() => this.random() < share);
  }

  /** Waits until everybody has seen the last events of its topics; rejects where somebody hangs. */
  async untilAllHaveSeen(): Promise<void> {
    await this.publishing.publishToAll();
    await this.#untilSeen(this.#witnesses);
  }

  /** Reads what everybody has seen, tells of it, and ends everything. */
  async judge(
    name: string,
    spoil: (evidence: Evidence) => Evidence = (evidence) => evidence,
  ): Promise<Verdict> {
    const all = Array.from({ length: this.options.topics }, (_, topic) => topic);
    const reader = new Witness(
      'the reader',
      all,
      this.front.port,
      this.random,
      this.#fileOf('survivors'),
      '&earliest',
    );
    reader.connect();
    try {
      await this.#untilSeen([reader]);
    } finally {
      reader.leave();
    }
    for (const witness of this.#witnesses) witness.leave();
    this.publishing.close();
    const verdict = check(spoil(this.#evidence()));
    this.#tell(name, verdict);
    return verdict;
  }

  /** Ends everything that is still there. */
  async end(): Promise<void> {
    for (const witness of this.#witnesses) witness.leave();
    this.publishing.close();
    await this.compiled.remove();
    await this.front.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    const { nodes, clients, topics } = this.options;
    this.#nodes.push(...(await Promise.all(nodes.map((_, number) => this.#start(number)))));
    this.front.leadTo(...this.#nodes.map(({ port }) => port));
    for (let number = 0; number < clients; number++) {
      const followed = new Set([number % topics]);
      while (followed.size < 1 + (number % 5)) followed.add(Math.floor(this.random() * topics));
      const name = `client ${number}`;
      const file = this.#fileOf(join('clients', String(number)));
      this.#witnesses.push(new Witness(name, [...followed], this.front.port, this.random, file));
    }
    for (const witness of this.#witnesses) witness.connect();
    await this.#until('begin', () => this.#witnesses.filter(({ hasBegun }) => !hasBegun));
  }

  #start(number: number, port?: number): Promise<StartedServer> {
    return this.compiled.start(this.options.nodes[number]!, port);
  }

  #untilSeen(witnesses: readonly Witness[]): Promise<void> {
    const isDone = (witness: Witness) =>
      witness.topics.every((topic) => witness.last(topic) === this.publishing.count(topic) - 1);
    return this.#until('see the end', () => witnesses.filter((witness) => !isDone(witness)));
  }

  /** @param left those who are still waited for */
  async #until(what: string, left: () => readonly Witness[]): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (left().length > 0) {
      if (performance.now() > end) {
        const some = left()
          .slice(0, 5)
          .map(({ name, topics }) => `${name} of ${topics.join()}`);
        const outputs = this.#nodes.map((node) => node.output()).join('\n');
        throw new Error(`${left().length} clients do not ${what}: ${some.join('; ')}\n${outputs}`);
      }
      await delay(20);
    }
  }

  #evidence(): Evidence {
    const clients = this.#witnesses.map(({ name, topics }, number) => {
      const seen = readRecords<Seen>(this.#fileOf(join('clients', String(number))));
      return [name, { topics, seen }] as const;
    });
    return {
      acknowledged: readRecords<Acknowledged>(this.#fileOf('acknowledged')),
      survivors: readRecords<Seen>(this.#fileOf('survivors')),
      clients: new Map(clients),
    };
  }

  #tell(name: string, { wrong, gaps, told, delivered }: Verdict): void {
    const { acknowledged, failures } = this.publishing;
    const connections = this.#witnesses.reduce((sum, witness) => sum + witness.connections, 0);
    const deeds = Object.entries(this.deeds).map(([deed, times]) => `${times} ${deed}`);
    const reasons = Object.entries(gaps).map(([reason, times]) => `${times} ${reason}`);
    const lines = [
      `${name} (SEED=${seed}): ${acknowledged} events in ${this.options.topics} topics, ` +
        `${this.#witnesses.length} clients, ${this.#nodes.length} nodes, ` +
        `${((performance.now() - this.#begun) / 1_000).toFixed(0)} s`,
      `  ${deeds.join(', ') || 'nothing done'}; ${connections - this.#witnesses.length} reconnects, ${failures} failed attempts to publish`,
      `  ${delivered} deliveries; gaps told: ${reasons.join(', ') || 'none'}; events told of as missing: ${told}`,
      `  wrong: ${wrong.length}${wrong
        .slice(0, 10)
        .map((what) => `\n    ${what}`)
        .join('')}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    const report = process.env['FAULTS_REPORT'];
    if (report !== undefined) writeFileSync(report, `${lines.join('\n')}\n`, { flag: 'a' });
  }

  #fileOf(name: string): string {
    return join(this.folder, name);
  }
}
