/** The parts of a result of the benchmarks that tests change. */
export interface MadeUpResult {
  schema: number;
  commit: string;
  subject: string;
  committedAt: string;
  machine: { cpu: string; cores: number; memory: number; system: string };
  contenders: { id: string; title: string; kind: string }[];
  scenarios: MadeUpScenario[];
  [more: string]: unknown;
}

export interface MadeUpScenario {
  id: string;
  title: string;
  text: string;
  rounds: number;
  measures: { id: string; title: string; unit: string; better: 'lower' | 'higher' }[];
  results: {
    contender: string;
    values: Record<string, Interval>;
    deliveries?: { due: number; delivered: number; missing: number; doubled: number };
    loadCpu?: number;
  }[];
  ratios: (Interval & {
    measure: string;
    of: string;
    to: string;
    goal?: number;
    met?: boolean;
    isDifference?: boolean;
  })[];
}

interface Interval {
  median: number;
  low: number;
  high: number;
}

/** A result as the benchmarks write it, with figures that nobody has measured; the same for the same number. */
export function madeUpResult(number = 1, changes: Partial<MadeUpResult> = {}): MadeUpResult {
  const day = new Date(Date.UTC(2026, 9, 1 + number, 12)).toISOString();
  return {
    schema: 2,
    commit: number.toString(16).padStart(2, '0').repeat(20),
    subject: `Do thing ${number}`,
    committedAt: day,
    measuredAt: day,
    isDirty: false,
    isQuick: true,
    seed: 1,
    seconds: 170,
    machine: { cpu: 'Imagined CPU 3000', cores: 2, memory: 8 * 2 ** 30, system: 'Linux 6.1.0' },
    versions: {
      node: '20.20.2',
      'nestjs-sse-hub': '0.1.0',
      '@nestjs/core': '12.5.1',
      'better-sse': '0.16.1',
    },
    contenders: [
      { id: 'hub-express', title: 'nestjs-sse-hub on Express', kind: 'hub' },
      { id: 'hub-fastify', title: 'nestjs-sse-hub on Fastify', kind: 'hub' },
      { id: 'nest-express', title: 'Nest @Sse on Express', kind: 'peer' },
      { id: 'better-sse', title: 'better-sse', kind: 'peer' },
      { id: 'control-res-write', title: 'node:http, res.write', kind: 'control' },
      { id: 'control-socket', title: 'node:http, socket.write', kind: 'control' },
    ],
    scenarios: [
      fanOut('single-1000', 'One event a turn to 1,000 streams', number, 7),
      fanOut('burst-1000', '16 events a turn to 1,000 streams', number, 0.9),
      idleMemory(number),
    ],
    leftOut: [{ contender: 'nchan', why: 'nginx has no module nchan here' }],
    ...changes,
  };
}

function fanOut(id: string, title: string, number: number, base: number): MadeUpScenario {
  const wave = 1 + 0.02 * Math.sin(number);
  const costs = { 'hub-express': 1.04, 'hub-fastify': 1.06, 'nest-express': 2.9, 'better-sse': 1.6 };
  const all = { ...costs, 'control-res-write': 1.3, 'control-socket': 1 };
  return {
    id,
    title,
    text: 'Every stream gets every event; a turn begins when all have had the one before.',
    rounds: 15,
    measures: [
      { id: 'cpu', title: 'CPU time of the server per delivery', unit: 'us', better: 'lower' },
      { id: 'p99', title: 'Delay, 99th percentile', unit: 'ms', better: 'lower' },
    ],
    results: Object.entries(all).map(([contender, cost]) => ({
      contender,
      values: { cpu: around(base * cost * wave, 0.04), p99: around(3 * cost * wave, 0.2) },
      deliveries: { due: 120_000, delivered: 120_000, missing: 0, doubled: 0 },
      loadCpu: 0.31,
    })),
    ratios: [
      {
        measure: 'cpu',
        of: 'hub-express',
        to: 'control-socket',
        ...around(1.04 * wave, 0.03),
        goal: 1.1,
        met: true,
      },
      {
        measure: 'cpu',
        of: 'hub-fastify',
        to: 'control-socket',
        ...around(1.13 * wave, 0.03),
        goal: 1.1,
        met: false,
      },
      { measure: 'cpu', of: 'hub-express', to: 'control-res-write', ...around(0.8 * wave, 0.03) },
      { measure: 'cpu', of: 'hub-express', to: 'nest-express', ...around(0.36 * wave, 0.03) },
    ],
  };
}

function idleMemory(number: number): MadeUpScenario {
  const costs = { 'hub-express': 16, 'nest-express': 15, 'control-res-write': 11 };
  return {
    id: 'idle-memory',
    title: 'Memory of idle streams',
    text: 'What 5,000 open streams take that nothing is sent to.',
    rounds: 15,
    measures: [{ id: 'memory', title: 'Memory per stream', unit: 'KiB', better: 'lower' }],
    results: Object.entries(costs).map(([contender, cost]) => ({
      contender,
      values: { memory: around(cost, 0.02) },
    })),
    ratios: [
      {
        measure: 'memory',
        of: 'hub-express',
        to: 'control-res-write',
        isDifference: true,
        ...around(5 + Math.cos(number) / 5, 0.1),
        goal: 4,
        met: false,
      },
      { measure: 'memory', of: 'hub-express', to: 'nest-express', ...around(1.07, 0.02) },
    ],
  };
}

function around(median: number, spread: number): Interval {
  return { median, low: median * (1 - spread), high: median * (1 + spread) };
}
