// Packs the built library and uses it as strangers would: in an empty Nest 11 application that is CommonJS and in an
// empty Nest 12 one that is ESM, each compiled by a strict tsc that reads the declarations too, and each answering one
// published event over HTTP and to its own client, without the optional peers. Then what needs one is used with it, and
// the application is tested as docs/testing.md says.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runners, writeNodeTest } from './runners.mjs';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = ['app.ts', 'client.ts', 'logs.ts', 'metrics.ts'];
const optionalPeers = ['@opentelemetry/api', '@sinonjs/fake-timers', 'lmdb', 'redis'];

const applications = [
  {
    name: 'Nest 11, CommonJS',
    type: 'commonjs',
    nest: '^11.0.0',
    typescript: '~5.9.0',
    resolutions: [
      { module: 'nodenext', moduleResolution: 'nodenext' },
      { module: 'commonjs', moduleResolution: 'node10' },
    ],
  },
  {
    name: 'Nest 12, ESM',
    type: 'module',
    nest: '^12.0.0',
    typescript: '~6.0.0',
    resolutions: [{ module: 'nodenext', moduleResolution: 'nodenext' }],
  },
];

const workspace = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-package-'));
const redis = await startRedis();
try {
  const tarball = await pack();
  const uses = await Promise.allSettled(
    applications.map((application, index) => use(tarball, application, join(workspace, `app${index}`))),
  );
  for (const { status, reason } of uses) if (status === 'rejected') throw reason;
} finally {
  redis.stop();
  rmSync(workspace, { recursive: true, force: true });
}

/** A Redis on a port of its own, which is gone with this process. */
async function startRedis() {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', workspace];
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.env.REDIS_URL = `redis://127.0.0.1:${port}`;
  for await (const text of server.stdout.setEncoding('utf8')) if (text.includes('Ready to accept')) break;
  return { stop: () => server.kill() };
}

async function pack() {
  const [packed] = JSON.parse(
    await run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', workspace),
  );
  const actual = packed.files.map(({ path }) => path);
  const expected = expectedFiles();

  const missing = expected.filter((path) => !actual.includes(path));
  const extra = actual.filter((path) => !expected.includes(path));
  if (missing.length > 0 || extra.length > 0) {
    throw new Error(`The tarball lacks [${missing.join(', ')}] and should not have [${extra.join(', ')}]`);
  }

  console.log(`tarball: ${actual.length} files, ${(packed.size / 1024).toFixed(1)} KiB packed`);
  return join(workspace, packed.filename);
}

/** What README links to and npm always packs, and three files for every source file of lib: code, its declarations and its source map. */
function expectedFiles() {
  const sources = readdirSync(join(root, 'lib'), { recursive: true })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'));
  const built = sources.flatMap((path) =>
    ['.js', '.d.ts', '.js.map'].map((ending) => `dist/${path.replace(/\.ts$/, ending)}`),
  );
  return ['package.json', 'README.md', 'CHANGELOG.md', ...linkedFiles(), ...built];
}

/** Where README links to in this repository; documents of `docs/` link to each other only. */
function linkedFiles() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const links = readme.matchAll(/\]\((?!https?:)([^)#]+)/g);
  return [...new Set(Array.from(links, ([, path]) => path))];
}

async function use(tarball, { name, type, nest, typescript, resolutions }, folder) {
  mkdirSync(folder);
  for (const program of programs) copyFileSync(new URL(program, import.meta.url), join(folder, program));
  writeJson(join(folder, 'package.json'), {
    name: 'app',
    private: true,
    type,
    dependencies: {
      '@nestjs/common': nest,
      '@nestjs/core': nest,
      '@nestjs/platform-express': nest,
      'nestjs-sse-hub': `file:${tarball}`,
      'reflect-metadata': '^0.2.0',
      rxjs: '^7.8.0',
    },
    devDependencies: { '@types/node': '^20.0.0', typescript },
  });
  await install(folder);
  for (const peer of optionalPeers) {
    if (existsSync(join(folder, 'node_modules', peer)))
      throw new Error(`${peer} is an optional peer, but was installed`);
  }
  for (const resolution of resolutions) {
    expectEvent(await compileAndRun(folder, 'app', resolution));
    expectClient(
      await compileAndRun(folder, 'client', resolution),
      'TestClock needs @sinonjs/fake-timers: npm install',
    );
    console.log(`${name} (module ${resolution.module}): compiled, one event received, by a client too`);
  }

  await install(folder, ...optionalPeers);
  for (const resolution of resolutions) {
    expectMeter(await compileAndRun(folder, 'metrics', resolution));
    expectClient(await compileAndRun(folder, 'client', resolution), '3600000');
    expectLogs(await compileAndRun(folder, 'logs', resolution));
    console.log(
      `${name} (module ${resolution.module}): compiled, the hub instrumented, an hour passed, events in LMDB and Redis`,
    );
  }

  await install(folder, `@nestjs/testing@${nest}`, ...runners[type].flatMap(({ packages }) => packages));
  writeNodeTest(folder);
  for (const resolution of resolutions) await compileAndRun(folder, 'stream.test', resolution);
  console.log(`${name}: tested by Node's own runner`);
  writeJson(join(folder, 'tsconfig.json'), {
    compilerOptions: compilerOptions(resolutions[0]),
    include: ['src'],
  });
  for (const { name: runner, command, write } of runners[type]) {
    write(folder);
    await run(folder, process.execPath, ...command);
    console.log(`${name}: tested by ${runner}`);
  }
}

async function install(folder, ...packages) {
  const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run(folder, 'npm', 'install', ...packages, ...quietly);
}

async function compileAndRun(folder, program, resolution) {
  writeJson(join(folder, 'tsconfig.json'), {
    compilerOptions: compilerOptions(resolution),
    files: [`${program}.ts`],
  });
  await run(folder, process.execPath, 'node_modules/typescript/bin/tsc');
  return run(folder, process.execPath, `${program}.js`);
}

function compilerOptions(resolution) {
  return {
    ...resolution,
    target: 'ES2022',
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
}

function expectEvent(output) {
  const [head, ...lines] = output.split('\n');
  const arrived = lines.includes('event:tick') && lines.includes('data:{"price":1.5}');
  if (!/^200 text\/event-stream\b/.test(head) || !arrived) {
    throw new Error(`Expected a 200 event stream with the published event, got:\n${output}`);
  }
}

function expectClient(output, clock) {
  const expected = `stream tick 1.5\nclient 1.5\nclock ${clock}`;
  if (!output.startsWith(expected)) throw new Error(`Expected ${expected}, got:\n${output}`);
}

function expectLogs(output) {
  if (output.trim() !== 'lmdb 1\nredis 1') throw new Error(`Expected an event in each log, got:\n${output}`);
}

function expectMeter(output) {
  if (output.trim() !== 'meter nestjs-sse-hub') {
    throw new Error(`Expected the meter of the library to be asked for, got:\n${output}`);
  }
}

async function run(cwd, command, ...args) {
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, timeout: 180_000 });
    process.stderr.write(stderr);
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${error.stdout ?? ''}`, {
      cause: error,
    });
  }
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
