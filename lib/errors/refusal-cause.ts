/**
 * Why a stream was refused.
 *
 * - `connections`: the node has as many streams as `limits.connections` allows.
 * - `user`: the user has as many as `limits.connectionsPerUser` allows.
 * - `address`: the client's address has as many as `limits.connectionsPerAddress` allows.
 * - `shutdown`: the hub is draining.
 *
 * @useDeclaredType
 */
export type RefusalCause = (typeof REFUSAL_CAUSES)[number];

export const REFUSAL_CAUSES = ['connections', 'user', 'address', 'shutdown'] as const;
