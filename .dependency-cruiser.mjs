/**
 * Which folder of lib/ may import which others. Imports point one way:
 *
 *   async, errors, options <- protocol <- { log, connection, client } <- hub <- { stream, health, metrics } <- module <- entries
 *
 * auth/ stands beside them, on errors and options alone.
 */
const mayImport = {
  async: [],
  errors: [],
  options: ['errors'],
  protocol: ['errors', 'options'],
  log: ['async', 'errors', 'options', 'protocol'],
  connection: ['async', 'errors', 'options', 'protocol'],
  client: ['async', 'errors', 'options', 'protocol'],
  hub: ['async', 'errors', 'options', 'protocol', 'log', 'connection'],
  stream: ['async', 'errors', 'options', 'protocol', 'log', 'connection', 'hub'],
  auth: ['errors', 'options'],
  health: ['errors', 'options', 'log', 'hub'],
  metrics: ['errors', 'options', 'hub'],
};
const folders = Object.keys(mayImport);

const directions = folders.map((folder) => ({
  name: `${folder}-imports-one-way`,
  comment: `lib/${folder} may import ${mayImport[folder].join(', ') || 'nothing else of lib'}`,
  severity: 'error',
  from: { path: `^lib/${folder}/` },
  to: { path: '^lib/', pathNot: `^lib/(${[folder, ...mayImport[folder]].join('|')})/` },
}));

const entries = '^lib/(index|client|redis|lmdb|metrics|testing)\\.ts$';
const moduleFiles = '^lib/[^/]+\\.module(-definition)?\\.ts$';

export default {
  forbidden: [
    ...directions,
    {
      name: 'module-below-entries',
      comment:
        'The module files wire what is below them; an entry is a list of exports and imported by nobody in lib.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: entries },
    },
    {
      name: 'module-imported-by-entries-only',
      comment: 'Only the entries, testing and other module files import a module file.',
      severity: 'error',
      from: { path: '^lib/', pathNot: [entries, moduleFiles, '^lib/testing/'] },
      to: { path: moduleFiles },
    },
    {
      name: 'lib-stands-alone',
      comment: 'The library does not know its samples, tests and benchmarks.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(sample|test|bench)/' },
    },
    {
      name: 'nest-at-the-edge',
      comment: 'Nest is imported by the module files, stream/, health/, swagger/ and testing/ only.',
      severity: 'error',
      from: { path: '^lib/', pathNot: [moduleFiles, '^lib/(stream|health|swagger|testing)/'] },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'runs-in-a-browser',
      comment: 'protocol/ and client/ import nothing of Node, not even a type.',
      severity: 'error',
      from: { path: '^lib/(protocol|client)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'runs-in-a-browser-all-the-way',
      comment: 'What protocol/ and client/ import must run in a browser as well; types do not matter there.',
      severity: 'error',
      from: { path: '^lib/(async|errors|options)/' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'optional-peers-stay-optional',
      comment:
        'Whoever imports the package does not need a platform, Terminus, OpenTelemetry, fake timers, Redis or LMDB for it.',
      severity: 'error',
      from: { path: '^lib/index\\.ts$' },
      to: {
        path: 'node_modules/(express|fastify|@fastify/[^/]+|@nestjs/(platform-[^/]+|terminus)|@opentelemetry/[^/]+|@sinonjs/[^/]+|redis|@redis/[^/]+|ioredis|lmdb)/',
        reachable: true,
      },
    },
    {
      name: 'no-dev-dependencies',
      comment:
        'What the library imports, types included, must be there in an application: a dependency or a peer.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'What peerDependenciesMeta names is a peer, and npm-no-pkg besides.',
      severity: 'error',
      from: {},
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'undetermined'],
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Types count: two files that need each other are one file, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'samples-are-users',
      comment: 'Samples import the library by its name, as an application does.',
      severity: 'error',
      from: { path: '^sample/' },
      to: { path: '^(lib|dist|test|bench)/', dependencyTypesNot: ['aliased'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/package/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.d.ts'],
    },
  },
};
