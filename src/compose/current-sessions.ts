import { FramegateError } from '../kernel/errors.ts';
import type { Sessions } from '../session/session.ts';

/**
 * The same sessions; none starts once the configuration that the sign-in was judged by has been replaced. A body may take a
 * minute to come, and the key, the issuer or the prefix that it was judged by may be one that was taken away.
 */
export function startWhile(isCurrent: () => boolean, sessions: Sessions): Sessions {
  return {
    ...sessions,
    async start(req, start) {
      if (!isCurrent()) throw new FramegateError('FRAMEGATE_BUSY', { reason: 'reloaded', retryAfterSeconds: 1 });
      return sessions.start(req, start);
    },
    get size() {
      return sessions.size;
    },
  };
}
