import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

/** The version of a client that is installed. */
export function versionOf(client) {
  return packages[pathOf(client)].version;
}

/** How many packages come with a client: what it depends on, and peers that are not optional. */
export function packagesBesides(client) {
  return besides(pathOf(client)).size;
}

/** Where the lock file has it; the library itself is what the file is of. */
function pathOf(client) {
  return client.package === packages[''].name ? '' : `node_modules/${client.package}`;
}

function besides(path, found = new Set()) {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = packages[path];
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  for (const name of Object.keys(dependencies).concat(peers)) {
    const next = resolve(path, name);
    if (next === undefined || found.has(next)) continue;
    found.add(next);
    besides(next, found);
  }
  return found;
}

/** As Node looks for a package: next to who wants it, then further up. */
function resolve(path, name) {
  const here = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  if (packages[here] !== undefined) return here;
  if (path === '') return undefined;
  return resolve(path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name);
}
