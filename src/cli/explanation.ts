// Who may do what, and why: the same guard, mounts, preset and decision as the running gate, without a request.

import type { Config } from '../config/config.ts';
import { systemClock } from '../kernel/clock.ts';
import { ERROR_TABLE } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import { classify, queryOf } from '../policy/classify.ts';
import { decide } from '../policy/decide.ts';
import { isRefusal } from '../policy/request.ts';
import { judgeRequest } from '../proxy/guard.ts';
import { createGuardPolicy } from '../proxy/guard-policy.ts';
import { createMounts, type MountedRoute } from '../proxy/mounts.ts';
import { createRoute } from '../proxy/route.ts';
import { isOwnPath } from '../road/http.ts';
import { UsageError } from './command.ts';

/** What is asked about. */
export interface Question {
  readonly identity: Identity;
  readonly method: string;
  /** As the browser sends it. */
  readonly path: string;
  /** Default: the upstream that the path lies under. */
  readonly upstream?: string | undefined;
}

export interface Explanation {
  readonly method: string;
  readonly path: string;
  readonly login: string;
  readonly groups: readonly string[];
  readonly email?: string;
  readonly upstream?: string;
  readonly capability?: string;
  /** refused: by the guard, whoever asks. own: a path of framegate. none: no upstream lies there. */
  readonly decision: 'allow' | 'deny' | 'refused' | 'own' | 'none';
  readonly status?: number;
  readonly rule?: string;
  readonly role?: string;
  readonly reasons: readonly string[];
}

/** @throws {UsageError} when the named upstream does not exist. */
export function explain(config: Config, { identity, method, path, upstream: upstreamName }: Question): Explanation {
  const upstreams = config.upstreams.filter((upstream) => upstreamName === undefined || upstream.name === upstreamName);
  if (upstreams.length === 0)
    throw new UsageError(`does not know this upstream. Known: ${config.upstreams.map((upstream) => upstream.name).join(', ')}`);
  const { login, groups, email } = identity;
  const asked = { method, path, login, groups, ...(email === undefined ? {} : { email }) };
  const routes = upstreams.map((upstream) => createRoute(config, upstream));
  const mounts = createMounts(routes, '');
  const verdict = judgeRequest(
    { method, target: path, rawHeaders: ['Host', config.publicUrl.hosts[0] ?? ''], httpVersion: '1.1', upgrade: false },
    createGuardPolicy(config, routes, mounts.find),
  );
  if (!verdict.ok) return { ...asked, decision: 'refused', status: ERROR_TABLE[verdict.code].status, reasons: [verdict.reason] };
  if (isOwnPath(path, '/_gate')) return { ...asked, decision: 'own', reasons: ['own-path'] };
  const mounted = mounts.find(path);
  if (mounted === undefined) return { ...asked, decision: 'none', status: 404, reasons: ['no-upstream'] };
  return { ...asked, ...decideMounted(config, identity, { method, path }, mounted) };
}

function decideMounted(
  config: Config,
  identity: Identity,
  { method, path: target }: Pick<Question, 'method' | 'path'>,
  { route, path }: MountedRoute,
): Pick<Explanation, 'upstream' | 'capability' | 'decision' | 'status' | 'rule' | 'role' | 'reasons'> {
  const upstream = route.upstream.name;
  const verdict = classify(route.preset, { method, path, query: queryOf(target), header: () => undefined });
  if (isRefusal(verdict)) return { upstream, decision: 'refused', status: 400, reasons: [verdict.refused] };
  const { capability } = verdict;
  const decision = decide(
    { identity, nowMs: systemClock.now(), upstream, rules: config.rules, builtInAdmins: route.preset.builtInAdmins },
    verdict,
  );
  if (decision.kind === 'deny') return { upstream, capability, decision: 'deny', reasons: decision.reasons };
  const { rule, role, reasons } = decision;
  return { upstream, capability, decision: 'allow', rule, ...(role === undefined ? {} : { role }), reasons };
}

/** As lines for people. */
export function formatExplanation(explanation: Explanation): string {
  const { method, path, login, groups, email, upstream, capability, decision, status, rule, role, reasons } = explanation;
  const words = {
    allow: `allow, by the rule ${JSON.stringify(rule)}${role === undefined ? '' : `, as ${role}`}`,
    deny: 'deny (403)',
    refused: `refused for everybody (${status})`,
    own: "answered by framegate itself, by that path's own policy",
    none: 'no upstream lies at this path (404)',
  };
  const rows: [string, string | undefined][] = [
    ['request', `${method} ${path}`],
    [
      'person',
      `${login}${email === undefined ? '' : ` <${email}>`}${groups.length === 0 ? ', no groups' : `, groups ${groups.join(', ')}`}`,
    ],
    ['upstream', upstream],
    ['capability', capability],
    ['decision', words[decision]],
    ['reasons', reasons.join(', ')],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)}${value}`])).join('\n');
}
