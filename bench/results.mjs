import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contenders } from './contenders.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The commit that is measured, and whether the files differ from it: asked for at the beginning, since the next may come
 * meanwhile.
 */
export function readCommit() {
  const [commit, committedAt, subject] = git('log', '-1', '--format=%H%n%cI%n%s').split('\n');
  return { commit, subject, committedAt, isDirty: git('status', '--porcelain') !== '' };
}

/** Everything that a run has found out, as it is kept; README.md here says what the fields are. */
export function toResults(bench, { measuredAt, ...commit }) {
  const named = new Set(
    [...bench.scenarios.flatMap(({ results }) => results), ...bench.leftOut].map(
      ({ contender }) => contender,
    ),
  );
  return {
    schema: 2,
    ...commit,
    measuredAt: measuredAt.toISOString(),
    isQuick: bench.isQuick,
    seed: bench.seed,
    seconds: Math.round((Date.now() - measuredAt.getTime()) / 1000),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memory: totalmem(),
      system: `${type()} ${release()}`,
    },
    versions: versions(),
    contenders: [...contenders.values()]
      .filter(({ id }) => named.has(id))
      .map(({ id, title, kind }) => ({ id, title, kind })),
    scenarios: bench.scenarios,
    leftOut: bench.leftOut,
  };
}

/** @returns {string} the file */
export function writeResults(results, out = `${root}bench/results/${results.commit}.json`) {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(results, undefined, 2)}\n`);
  return out;
}

const PACKAGES = [
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'better-sse',
  '@fastify/sse',
];

function versions() {
  return {
    node: process.versions.node,
    'nestjs-sse-hub': versionOf(root),
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(`${root}node_modules/${name}/`)])),
    ...nginxVersions(),
  };
}

/** Some do not export their package.json, so it is read as a file. */
function versionOf(folder) {
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).version;
}

function nginxVersions() {
  const [nginx, nchan] = [installedVersion('nginx'), installedVersion('libnginx-mod-nchan')];
  return { ...(nginx ? { nginx } : {}), ...(nchan ? { nchan } : {}) };
}

/** Of a package of Debian; undefined where there is none. */
function installedVersion(name) {
  try {
    const args = ['-W', '-f', '${Version}', name];
    return execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();
}
