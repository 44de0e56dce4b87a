// The decision for a question of the host application, by the same code as for a request.

import type { Config } from '../config/config.ts';
import type { Identity, SignInMethod } from '../kernel/identity.ts';
import { classify, queryOf } from '../policy/classify.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { isRefusal } from '../policy/request.ts';
import type { MountedRoute } from '../proxy/mounts.ts';

export interface DecideQuery {
  readonly identity: Identity;
  readonly method: string;
  /** Path as browsers see it, with its query. */
  readonly path: string;
  /** The client's address. Default: not known, so that rules with `when.networks` grant nothing. */
  readonly address?: string;
  /** Default: not known, likewise. */
  readonly signInMethod?: SignInMethod;
}

interface QueryContext {
  readonly mounted: MountedRoute;
  readonly rules: Config['rules'];
  readonly nowMs: number;
}

export function judgeQuery(query: DecideQuery, { mounted, rules, nowMs }: QueryContext): Decision {
  const { identity, method, path, address, signInMethod } = query;
  const { preset, route } = mounted;
  const verdict = classify(preset, { method, path: mounted.path, query: queryOf(path), header: () => undefined });
  if (isRefusal(verdict)) return { kind: 'deny', reasons: ['refused-for-everybody'], final: true };
  const { builtInAdmins } = preset;
  return decide({ identity, method: signInMethod, address, nowMs, upstream: route.upstream.name, builtInAdmins, rules }, verdict);
}
