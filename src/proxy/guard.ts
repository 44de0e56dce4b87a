// The first step of the road: refuses a request that two parsers could read differently. It never repairs, so what
// is judged is byte for byte what is forwarded. A pure function of method, target and raw headers; HTTP requests and
// upgrades pass the same one. Every rule is a lesson of an advisory: docs/behaviour.md names them.

import { judgeHeaders } from './guard-headers.ts';
import { judgeTarget } from './guard-target.ts';
import { type GuardInput, type GuardPolicy, type GuardVerdict, refusal } from './guard-verdict.ts';

// SEC-G3. TRACE echoes headers, CONNECT tunnels; what upstreams make of unknown methods nobody knows.
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function judgeRequest(input: GuardInput, policy: GuardPolicy): GuardVerdict {
  if (!METHODS.has(input.method)) return refusal('FRAMEGATE_METHOD_NOT_ALLOWED', 'method');
  // Node's parser also takes 0.9 and 2.0; a WebSocket is HTTP/1.1's (RFC 6455 4.1).
  if (input.httpVersion !== '1.1' && (input.upgrade || input.httpVersion !== '1.0'))
    return refusal('FRAMEGATE_BAD_REQUEST', 'http-version');
  if (input.upgrade && input.method !== 'GET') return refusal('FRAMEGATE_BAD_REQUEST', 'upgrade-method');
  return judgeTarget(input.target, policy) ?? judgeHeaders(input, policy);
}
