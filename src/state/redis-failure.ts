import { ErrorReply } from '@redis/client';

export interface RedisFailure {
  /** Fixed word. */
  readonly reason: string;
  /** Whether another connection might do better. */
  readonly reconnect: boolean;
}

// First words of error replies: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
const REPLIES = new Map<string, RedisFailure>([
  ['OOM', { reason: 'full', reconnect: false }],
  ['MISCONF', { reason: 'cannot-persist', reconnect: false }],
  ['NOREPLICAS', { reason: 'too-few-replicas', reconnect: false }],
  ['NOPERM', { reason: 'not-permitted', reconnect: false }],
  // Whoever connects again is led to the new primary.
  ['READONLY', { reason: 'read-only', reconnect: true }],
  ['LOADING', { reason: 'loading', reconnect: true }],
  ['MASTERDOWN', { reason: 'primary-down', reconnect: true }],
  ['UNBLOCKED', { reason: 'primary-changed', reconnect: true }],
  ['NOAUTH', { reason: 'password-missing', reconnect: true }],
  ['WRONGPASS', { reason: 'password-wrong', reconnect: true }],
]);

/** What an error of the client means. */
export function readFailure(error: unknown): RedisFailure {
  if (!(error instanceof ErrorReply)) return { reason: 'unreachable', reconnect: true };
  const [word = ''] = error.message.split(' ', 1);
  return REPLIES.get(word) ?? { reason: 'refused', reconnect: false };
}
