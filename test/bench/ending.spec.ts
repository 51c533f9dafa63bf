import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

const { hasEnded, untilEnded } = (await import(join(ROOT, 'bench/ending.mjs'))) as {
  hasEnded: (child: ChildProcess) => boolean;
  untilEnded: (child: ChildProcess, patienceMs?: number) => Promise<void>;
};
const { messageFrom } = (await import(join(ROOT, 'bench/message-from.mjs'))) as {
  messageFrom: (child: ChildProcess, patienceMs?: number) => Promise<unknown>;
};

/** A process that has said that it runs. */
async function start(code: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `${code}; console.log('runs')`], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  await once(child.stdout!, 'data');
  return child;
}

describe('the end of a process', () => {
  test('has come when a signal ended it', async () => {
    const child = await start('process.stdin.resume()');
    expect(hasEnded(child)).toBe(false);

    child.kill('SIGTERM');
    await untilEnded(child);

    expect(hasEnded(child)).toBe(true);
    await untilEnded(child);
  });

  test('comes to who does not end by itself', async () => {
    const child = await start("process.stdin.resume(); process.on('SIGTERM', () => undefined)");

    child.kill('SIGTERM');
    await untilEnded(child, 50);

    expect(child.signalCode).toBe('SIGKILL');
  });
});

describe('a message of a process', () => {
  test('is given up when the process ends', async () => {
    const child = await start("process.stdin.on('end', () => process.exit()).resume()");
    const message = messageFrom(child);

    child.stdin!.end();

    await expect(message).rejects.toThrow('ended before it answered');
  });

  test('is given up when it does not come in time', async () => {
    const child = await start('process.stdin.resume()');

    await expect(messageFrom(child, 50)).rejects.toThrow('has not answered for 0.05 s');

    child.kill();
    await untilEnded(child);
  });
});
