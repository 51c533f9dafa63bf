export { lmdbLog, type LmdbLog } from './log/lmdb/lmdb-log.js';
export type { LmdbLogOptions, LmdbRetentionOptions } from './log/lmdb/lmdb-log-options.js';
