import { FEWEST_ROUNDS } from '../summary.mjs';

export const SCHEMA = 2;

const text = (value) => typeof value === 'string' && value !== '';
const number = (value) => Number.isFinite(value);
const whole = (value) => Number.isSafeInteger(value) && value >= 0;
const flag = (value) => typeof value === 'boolean';
const date = (value) => text(value) && !Number.isNaN(Date.parse(value));
const record = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);

const interval = { median: [number, 'a number'], low: [number, 'a number'], high: [number, 'a number'] };
const NUMBER = [number, 'a number'];
const WHOLE = [whole, 'a whole number'];
const TEXT = [text, 'a text'];
const FLAG = [flag, 'true or false'];
const NOTHING = [(value) => value === undefined, `nothing of fewer than ${FEWEST_ROUNDS} rounds`];
const KIND = [oneOf('hub', 'peer', 'control'), 'hub, peer or control'];
const BETTER = [oneOf('lower', 'higher'), 'lower or higher'];

/** Throws unless a value is a result of the benchmarks in the form that the page reads; tells where it is not. */
export function checkResult(result) {
  expectThat('the result', result, record, 'an object');
  if (result.schema !== SCHEMA) {
    throw new Error(`schema is ${JSON.stringify(result.schema)}, and ${SCHEMA} is expected`);
  }
  fields('', result, {
    commit: [(value) => /^[0-9a-f]{40}$/.test(value), '40 hexadecimal digits'],
    subject: [(value) => typeof value === 'string', 'a text'],
    committedAt: [date, 'a date'],
    measuredAt: [date, 'a date'],
    isDirty: FLAG,
    isQuick: FLAG,
    seed: WHOLE,
    seconds: NUMBER,
  });
  fields('machine', result.machine, { cpu: TEXT, cores: NUMBER, memory: NUMBER, system: TEXT });
  expectThat('versions', result.versions, record, 'an object');
  for (const [name, version] of Object.entries(result.versions))
    expectThat(`versions.${name}`, version, ...TEXT);
  each('contenders', result.contenders, (path, contender) =>
    fields(path, contender, { id: TEXT, title: TEXT, kind: KIND }),
  );
  each('scenarios', result.scenarios, checkScenario);
  each('leftOut', result.leftOut ?? [], (path, left) => fields(path, left, { contender: TEXT, why: TEXT }));
}

function checkScenario(path, scenario) {
  fields(path, scenario, { id: TEXT, title: TEXT, text: TEXT, rounds: WHOLE });
  each(`${path}.measures`, scenario.measures, (at, measure) =>
    fields(at, measure, { id: TEXT, title: TEXT, unit: TEXT, better: BETTER }),
  );
  expectThat(`${path}.measures`, scenario.measures.length, (length) => length > 0, 'one measure at least');
  each(`${path}.results`, scenario.results, checkContenderResult);
  each(`${path}.ratios`, scenario.ratios ?? [], (at, ratio) => {
    fields(at, ratio, { measure: TEXT, of: TEXT, to: TEXT, ...interval });
    if (ratio.goal !== undefined)
      fields(at, ratio, { goal: NUMBER, met: scenario.rounds < FEWEST_ROUNDS ? NOTHING : FLAG });
  });
}

function checkContenderResult(path, { contender, values, deliveries, loadCpu }) {
  expectThat(`${path}.contender`, contender, ...TEXT);
  expectThat(`${path}.values`, values, record, 'an object');
  for (const [measure, value] of Object.entries(values)) fields(`${path}.values.${measure}`, value, interval);
  if (loadCpu !== undefined) expectThat(`${path}.loadCpu`, loadCpu, ...NUMBER);
  if (deliveries === undefined) return;
  fields(`${path}.deliveries`, deliveries, {
    due: NUMBER,
    delivered: NUMBER,
    missing: NUMBER,
    doubled: NUMBER,
  });
}

function fields(path, value, checks) {
  expectThat(path, value, record, 'an object');
  for (const [name, check] of Object.entries(checks)) {
    expectThat(path === '' ? name : `${path}.${name}`, value[name], ...check);
  }
}

function each(path, list, check) {
  expectThat(path, list, Array.isArray, 'a list');
  for (const [index, value] of list.entries()) {
    expectThat(`${path}[${index}]`, value, record, 'an object');
    check(`${path}[${index}]`, value);
  }
}

function expectThat(path, value, holds, expected) {
  if (!holds(value))
    throw new Error(`${path} is ${JSON.stringify(value) ?? 'missing'}, and ${expected} is expected`);
}
