import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/documents.js';
import { startProcess } from '../support/running-process.js';
import { transpileFolder } from '../support/transpile.js';

describe('Where @opentelemetry/api is not installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-peer-'));

  beforeAll(() => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(folder, 'node_modules'));
    for (const installed of ['@nestjs', 'reflect-metadata', 'rxjs']) {
      symlinkSync(join(ROOT, 'node_modules', installed), join(folder, 'node_modules', installed));
    }
    transpileFolder(join(ROOT, 'lib'), join(folder, 'dist'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(code: string) {
    const main = join(folder, 'main.js');
    writeFileSync(main, `import 'reflect-metadata';\n${code}`);
    const program = startProcess('node', [main]);
    return { status: await program.ended, output: program.output() };
  }

  test('the main entry is loaded and works', async () => {
    const { output, status } = await run(`
      import { SseHub } from './dist/index.js';
      await new SseHub().publish('a', { data: 1 });
      console.log('published');
    `);
    expect({ output, status }).toEqual({ output: 'published\n', status: 0 });
  });

  test('the entry of the metrics says what is missing', async () => {
    const { output, status } = await run(`await import('./dist/metrics.js');`);
    expect(output).toContain("Cannot find package '@opentelemetry/api'");
    expect(status).toBe(1);
  });
});
