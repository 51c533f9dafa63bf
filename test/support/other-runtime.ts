import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './documents.js';
import { transpileFolder } from './transpile.js';

const run = promisify(execFile);

const PROGRAM = `import * as kit from './test/client/kit.js';
const result = await eval(process.argv[2]);
console.log(JSON.stringify(result ?? null));
process.exit();
`;

let folder: string | undefined;

/**
 * Has a runtime that is not Node run a call, in a process of its own that has the kit of the client's suites as `kit`.
 * @returns what JSON holds of the result
 */
export async function runElsewhere<Result>(command: readonly string[], call: string): Promise<Result> {
  folder ??= compile();
  const [program, ...args] = command;
  const { stdout } = await run(program!, [...args, join(folder, 'main.js'), call]);
  return JSON.parse(stdout) as Result;
}

function compile(): string {
  const target = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-'));
  for (const part of ['lib', 'test/client']) transpileFolder(join(ROOT, part), join(target, part));
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  writeFileSync(join(target, 'main.js'), PROGRAM);
  return target;
}

/** Removes what was compiled. */
export function forgetElsewhere(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
}
