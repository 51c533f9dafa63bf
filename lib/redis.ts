export { redisLog, type RedisLog } from './log/redis/redis-log.js';
export type { RedisLogOptions, RedisRetentionOptions } from './log/redis/redis-log-options.js';
export type {
  IoRedisClient,
  IoRedisCluster,
  NodeRedisClient,
  NodeRedisCluster,
  RedisClient,
} from './log/redis/redis-clients.js';
