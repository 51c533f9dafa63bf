import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startProcess, type RunningProcess } from '../support/running-process.js';
import { startSample } from '../support/start-sample.js';

const processes: RunningProcess[] = [];

/** Runs a command of the README, on a port of ours, with what curl shows of its progress left out. */
function curl(...args: string[]): RunningProcess {
  const process = startProcess('curl', ['--silent', '--show-error', ...args]);
  processes.push(process);
  return process;
}

/** Fails when the process ends before it has written this. */
async function expectOutput(process: RunningProcess, pattern: RegExp): Promise<void> {
  await process.untilOutput(pattern);
}

afterEach(async () => {
  for (const process of processes.splice(0)) await process.stop();
});

describe('the sample application as a process', () => {
  let compiled: CompiledSample;
  let app: Awaited<ReturnType<CompiledSample['start']>>;

  beforeAll(async () => {
    compiled = compileSample();
    app = await compiled.start();
  });

  afterAll(async () => {
    await app.stop();
    await compiled.remove();
  });

  test.each(['localhost', '127.0.0.1'])('shows curl the time on %s', async (host) => {
    const stream = curl('-N', `${host}:${app.port}/sse`);

    await expectOutput(stream, /^retry:3000\n\nevent:timestamp\ndata:\d{4}-\d\d-\d\dT\S+\n\n/);
  });

  test('logs the last event id that curl sends', async () => {
    curl('-N', '-H', 'Last-Event-ID: 1681141432283', `localhost:${app.port}/sse`);

    await expectOutput(app, /last event ID: "1681141432283"/);
  });

  test('shows curl the prices', async () => {
    const stream = curl('-N', '--location', `localhost:${app.port}/price`);

    await expectOutput(
      stream,
      /\nid:(\d{13})\nevent:AAPL\ndata:\d+\.\d{6}\n\nid:\1\nevent:AMZN\ndata:\d+\.\d{6}\n\n/,
    );
  });

  test('shows curl a broadcast and a direct message', async () => {
    const origin = `http://localhost:${app.port}`;
    const stream = curl('-N', '--location', `${origin}/chat/sse?username=hertz`);
    await expectOutput(stream, /^retry:3000\nid:\S+\n\n/);

    const broadcast = curl(
      '--location',
      '--request',
      'POST',
      `${origin}/chat/broadcast?from=kitex&message=cloudwego`,
    );
    expect(await broadcast.ended).toBe(0);
    const direct = curl(
      '--location',
      '--request',
      'POST',
      `${origin}/chat/direct?from=kitex&message=hello%20hertz&to=hertz`,
    );
    expect(await direct.ended).toBe(0);

    await expectOutput(
      stream,
      /\nevent:broadcast\ndata:\{"Type":"broadcast","From":"kitex","To":"","Message":"cloudwego","Timestamp":"\S+"\}\n\nid:\S+\nevent:direct\ndata:\{"Type":"direct","From":"kitex","To":"hertz","Message":"hello hertz","Timestamp":"\S+"\}\n\n/,
    );
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends its streams and then itself on %s', async (signal) => {
    const doomed = await compiled.start();
    const stream = curl('-N', `localhost:${doomed.port}/price`);
    await expectOutput(stream, /^retry:3000\nid:\S+\n\n/);

    await doomed.stop(signal);

    // 0 says that the stream ended as it should, and was not cut.
    expect(await stream.ended).toBe(0);
  });
});

describeOnEachPlatform('curl', (platform) => {
  test('follows a stream', async () => {
    const sample = await startSample(platform);

    const stream = curl('-N', '--include', ...versionOptions(platform), `${sample.origin}/price`);

    const version = platform.httpVersion === '2.0' ? '2' : '1.1';
    await expectOutput(stream, new RegExp(`^HTTP/${version} 200`));
    await expectOutput(stream, /\nid:(\d{13})\nevent:AAPL\ndata:\S+\n\nid:\1\nevent:AMZN\ndata:\S+\n\n/);
  });
});

function versionOptions({ httpVersion, scheme }: { httpVersion: string; scheme: string }): string[] {
  if (httpVersion === '1.1') return ['--http1.1'];
  return scheme === 'https' ? ['--http2', '-k'] : ['--http2-prior-knowledge'];
}
