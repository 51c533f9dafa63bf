// What docs/testing.md shows of Vitest, Jest and Node's own runner, as it stands there.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const guide = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const blocks = Array.from(guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm), ([, language, code]) => ({
  language,
  code,
}));

/** Where an application of this type can be tested. */
export const runners = {
  commonjs: [
    {
      name: 'Jest',
      packages: ['jest@^30.0.0', '@jest/globals@^30.0.0', 'ts-jest@^29.4.0'],
      command: ['node_modules/jest/bin/jest.js', '--rootDir', 'src'],
      write(folder) {
        writeSpecs(folder, (code) => code.replace("'./app.module.js'", "'./app.module'"));
        writeFileSync(
          join(folder, 'jest.config.json'),
          theBlock(({ language }) => language === 'json'),
        );
      },
    },
  ],
  module: [
    {
      name: 'Vitest',
      packages: ['vitest@^4.1.0'],
      command: ['node_modules/vitest/vitest.mjs', 'run', '--dir', 'src'],
      write: (folder) => writeSpecs(folder, (code) => code.replace("'@jest/globals'", "'vitest'")),
    },
    {
      name: 'Jest',
      packages: ['jest@^30.0.0', '@jest/globals@^30.0.0', '@swc/core@1.16.18', '@swc/jest@^0.2.0'],
      command: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--rootDir', 'src'],
      write(folder) {
        writeSpecs(folder, (code) => code);
        writeFileSync(join(folder, 'jest.config.js'), named('jest.config.js'));
      },
    },
  ],
};

/** Writes the test for Node's own runner, and the application that it tests. */
export function writeNodeTest(folder) {
  writeApplication(folder);
  writeFileSync(join(folder, 'stream.test.ts'), named('stream.test.ts'));
}

function writeSpecs(folder, adapt) {
  const source = join(folder, 'src');
  mkdirSync(source, { recursive: true });
  writeApplication(source);
  for (const spec of ['price.spec.ts', 'clock.spec.ts'])
    writeFileSync(join(source, spec), adapt(named(spec)));
}

function writeApplication(folder) {
  copyFileSync(new URL('app.module.ts', import.meta.url), join(folder, 'app.module.ts'));
}

function named(file) {
  return theBlock(({ code }) => code.startsWith(`// ${file}\n`));
}

function theBlock(isIt) {
  const found = blocks.filter(isIt);
  if (found.length !== 1) throw new Error(`docs/testing.md has ${found.length} blocks where one is wanted`);
  return found[0].code;
}
