// The words that the guard's parts share.

import type { ErrorCode } from '../kernel/errors.ts';

export interface GuardInput {
  readonly method: string;
  /** The request target as on the wire. */
  readonly target: string;
  /** Name, value, name, value ... as on the wire; counted here, never in a merged object. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  /** True in the upgrade handler, where `Upgrade: websocket` belongs. */
  readonly upgrade: boolean;
}

export interface GuardPolicy {
  /** Host header values that mean us, lower case. */
  readonly hosts: readonly string[];
  /** Whether a header name, lower case and with `-` for `_` and `.`, belongs to the identity set. */
  isIdentityName(name: string): boolean;
  /** Where the free tail of a path begins in which the given forms are let through; undefined: nowhere. */
  freeTail(path: string): { readonly start: number; readonly forms: readonly string[] } | undefined;
}

export interface GuardRefusal {
  readonly ok: false;
  readonly code: ErrorCode;
  /** Fixed word for log and metrics. */
  readonly reason: string;
}

export type GuardVerdict =
  | { readonly ok: true /** Lower-case names of headers that must not be forwarded (SEC-G1). */; readonly dropped: readonly string[] }
  | GuardRefusal;

export function refusal(code: ErrorCode, reason: string): GuardRefusal {
  return { ok: false, code, reason };
}
