// Who may do what, and why: the same guard, mounts, preset and decision as the running gate, without a request.

import type { Config, UpstreamConfig } from '../config/config.ts';
import { ERROR_TABLE } from '../kernel/errors.ts';
import type { Identity, SignInMethod } from '../kernel/identity.ts';
import { type Asked, type Asker, addResources, UNKNOWN_ISSUER } from '../policy/asker.ts';
import { classify, queryOf } from '../policy/classify.ts';
import { considerRules } from '../policy/consider.ts';
import { decide } from '../policy/decide.ts';
import type { Match, Miss } from '../policy/decision.ts';
import { isRefusal, type Refusal, type Resources } from '../policy/request.ts';
import type { Rule } from '../policy/rule.ts';
import { presetFor } from '../presets/index.ts';
import { judgeRequest } from '../proxy/guard.ts';
import { createGuardPolicy } from '../proxy/guard-policy.ts';
import { createMounts, type MountedRoute } from '../proxy/mounts.ts';
import { createRoute } from '../proxy/route.ts';
import { isOwnPath } from '../road/http.ts';
import { refuseRequest } from '../road/steps.ts';
import { UsageError } from './command.ts';
import { findSwitch, type SwitchedOff } from './find-switch.ts';

/** What is asked about. */
export interface Question {
  readonly identity: Identity;
  readonly method: string;
  /** As the browser sends it. */
  readonly path: string;
  /** Names and values. Default: none. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Default: not known; what it would name is left out. */
  readonly body?: Uint8Array | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Default: not known, so that rules with `when.networks` grant nothing. */
  readonly address?: string | undefined;
  /** Default: not known, likewise. */
  readonly signInMethod?: SignInMethod | undefined;
  /** Default: the upstream that the path lies under. */
  readonly upstream?: string | undefined;
  /** Major version of the upstream. Default: `upstreams.NAME.version`, else the strictest, as nobody is asked. */
  readonly upstreamVersion?: number | undefined;
}

/** One rule, and why it decides or not. */
export interface ExplainedRule {
  readonly rule: string;
  readonly effect: Rule['effect'];
  /** By what the person is one of its people; absent: is not. */
  readonly match?: Match;
  /** Why it does not hold; absent: it does. */
  readonly miss?: Miss;
}

export interface Explanation {
  readonly method: string;
  readonly path: string;
  readonly login: string;
  readonly groups: readonly string[];
  readonly email?: string;
  /** Who vouches for the person; absent: not known, so that rules with `when.issuers` grant nothing. */
  readonly issuer?: string;
  readonly upstream?: string;
  /** By which version's routes; absent: the version does not matter. */
  readonly table?: number | 'strictest';
  readonly capability?: string;
  readonly resources?: Resources;
  /** True where the body names more, and was not given. */
  readonly needsBody?: boolean;
  /** Every rule, in their order. */
  readonly rules?: readonly ExplainedRule[];
  /** refused: whoever asks. own: a path of framegate. none: no upstream lies there. */
  readonly decision: 'allow' | 'deny' | 'refused' | 'own' | 'none';
  /** Why the person signs in by no way, so that no rule counts; absent: nothing is known against it. */
  readonly switchedOff?: SwitchedOff;
  /** True where `access.mode: observe` lets it through all the same. */
  readonly observed?: boolean;
  readonly status?: number;
  readonly rule?: string;
  readonly role?: string;
  readonly orgId?: number;
  readonly reasons: readonly string[];
}

/** @throws {UsageError} when the named upstream does not exist, or has no such version. */
export function explain(config: Config, question: Question): Explanation {
  const { identity, method, path, headers = [] } = question;
  const upstreams = config.upstreams.filter(({ name }) => question.upstream === undefined || name === question.upstream);
  if (upstreams.length === 0)
    throw new UsageError(`does not know this upstream. Known: ${config.upstreams.map((upstream) => upstream.name).join(', ')}`);
  const { login, groups, email, issuer } = identity;
  const who = { login, groups, ...(email === undefined ? {} : { email }), ...(issuer === UNKNOWN_ISSUER ? {} : { issuer }) };
  const asked = { method, path, ...who };
  const routes = upstreams.map((upstream) => createRoute(config, atVersion(upstream, question.upstreamVersion)));
  const mounts = createMounts(routes, '');
  const rawHeaders = ['Host', config.publicUrl.hosts[0] ?? '', ...headers.flat()];
  const verdict = judgeRequest(
    { method, target: path, rawHeaders, httpVersion: '1.1', upgrade: false },
    createGuardPolicy(config, routes, mounts.find),
  );
  if (!verdict.ok) return { ...asked, decision: 'refused', status: ERROR_TABLE[verdict.code].status, reasons: [verdict.reason] };
  if (isOwnPath(path, '/_gate')) return { ...asked, decision: 'own', reasons: ['own-path'] };
  const mounted = mounts.find(path);
  if (mounted === undefined) return { ...asked, decision: 'none', status: 404, reasons: ['no-upstream'] };
  return { ...asked, ...explainMounted(config, question, mounted) };
}

type MountedExplanation = Omit<Explanation, 'method' | 'path' | 'login' | 'groups' | 'email' | 'issuer'>;

function explainMounted(config: Config, question: Question, mounted: MountedRoute): MountedExplanation {
  const { preset } = mounted;
  const { upstream } = mounted.route;
  const named = findNamed(question, mounted);
  const judgedBy: Pick<Explanation, 'upstream' | 'table'> = {
    upstream: upstream.name,
    ...(preset.versions === undefined ? {} : { table: upstream.version ?? 'strictest' }),
  };
  if (isRefusal(named)) return { ...judgedBy, decision: 'refused', status: refuseRequest(named).status, reasons: [named.refused] };
  const { asked, needsBody } = named;
  const asker: Asker = {
    identity: question.identity,
    method: question.signInMethod,
    address: question.address,
    nowMs: question.nowMs,
    upstream: upstream.name,
    builtInAdmins: preset.builtInAdmins,
    rules: config.rules,
  };
  const decision = decide(asker, asked);
  const rules = considerRules(asker, asked).map(
    ({ rule, match, miss }): ExplainedRule => ({
      rule: rule.name,
      effect: rule.effect,
      ...(match === undefined ? {} : { match }),
      ...(miss === undefined ? {} : { miss }),
    }),
  );
  const { capability, resources } = asked;
  const told = { ...judgedBy, capability, resources, ...(needsBody ? { needsBody } : {}), rules };
  const switchedOff = findSwitch(config, question);
  if (switchedOff !== undefined) return { ...told, decision: 'deny', status: 401, switchedOff, reasons: [switchedOff] };
  const { reasons, rule } = decision;
  if (decision.kind === 'deny') {
    const observed = config.accessMode === 'observe' && decision.final !== true;
    return { ...told, decision: 'deny', ...(observed ? { observed } : {}), ...(rule === undefined ? {} : { rule }), reasons };
  }
  const { role, orgId } = decision;
  return { ...told, decision: 'allow', ...(rule === undefined ? {} : { rule }), ...(role && { role }), ...(orgId && { orgId }), reasons };
}

function atVersion(upstream: UpstreamConfig, version: number | undefined): UpstreamConfig {
  const { versions } = presetFor(upstream.preset);
  if (version === undefined || versions === undefined) return upstream;
  if (!versions.majors.includes(version))
    throw new UsageError(`does not know this version of ${upstream.name}. Known: ${versions.majors.join(', ')}`);
  return { ...upstream, version };
}

function findNamed({ method, path, headers = [], body }: Question, mounted: MountedRoute): { asked: Asked; needsBody: boolean } | Refusal {
  const given = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const verdict = classify(mounted.preset, {
    method,
    path: mounted.path,
    query: queryOf(path),
    header: (name) => given.get(name),
  });
  if (isRefusal(verdict) || verdict.readBody === undefined) return isRefusal(verdict) ? verdict : { asked: verdict, needsBody: false };
  if (body === undefined) return { asked: verdict, needsBody: true };
  const more = verdict.readBody(body);
  return isRefusal(more) ? more : { asked: addResources(verdict, more), needsBody: false };
}
