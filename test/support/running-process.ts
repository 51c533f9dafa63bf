import { spawn } from 'node:child_process';

export interface RunningProcess {
  /** What it has written so far, to stdout and stderr. */
  output(): string;
  /** Resolves with the match when the output has one; rejects when the process ends before. */
  untilOutput(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when it has ended, with its exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends it a signal, if it has not ended. */
  signal(signal: NodeJS.Signals): void;
  /** Has it end, if it has not. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Starts a program; whoever starts it stops it. */
export function startProcess(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): RunningProcess {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  const changes = new Set<() => void>();
  const changed = () => {
    for (const look of changes) look();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      changed();
    });
  }
  let hasEnded = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal!);
      changed();
    });
  });
  return {
    output: () => output,
    untilOutput: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match === null && !hasEnded) return;
          changes.delete(look);
          if (match !== null) resolve(match);
          else reject(new Error(`${command} ended before it wrote ${pattern}:\n${output}`));
        };
        changes.add(look);
        ended.catch(reject);
        look();
      }),
    ended,
    signal: (signal) => void (hasEnded || child.kill(signal)),
    stop: (signal = 'SIGTERM') => {
      if (!hasEnded) child.kill(signal);
      return ended;
    },
  };
}
