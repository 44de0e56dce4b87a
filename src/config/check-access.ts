// Rules that are valid and yet hardly what somebody meant.

import { expandCapabilities } from '../policy/bundles.ts';
import type { Capability } from '../policy/capability.ts';
import { CAPABILITY_FACTS } from '../policy/capability-facts.ts';
import type { ResourceKind } from '../policy/request.ts';
import type { Rule, Who } from '../policy/rule.ts';
import { presetFor } from '../presets/index.ts';
import { compareRules } from './compare-rules.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

export interface AccessToCheck {
  /** By the places in the configuration. */
  readonly rules: ReadonlyMap<number, Rule>;
  readonly mode: 'enforce' | 'observe' | undefined;
  readonly upstreams: ReadonlyMap<
    string,
    Pick<ParsedConfig['upstreams'][string], 'preset' | 'version'> & { readonly paths?: readonly unknown[] }
  >;
}

export function checkAccess({ rules, mode, upstreams }: AccessToCheck, findings: Findings): void {
  const warn = (path: string, what: string, wayOut: string, value?: string): number =>
    findings.warnings.push({ path, what, wayOut, ...(value === undefined ? {} : { value }) });
  if (mode === 'observe')
    warn(
      'access.mode',
      'lets everybody who is signed in do what the rules deny, and only logs it',
      'Write enforce once the log has no more access.would-deny',
      '"observe"',
    );
  if (rules.size === 0) warn('access.rules', 'is empty, so nobody may do anything', 'Add a rule');
  const builtInAdmins = new Set([...upstreams.values()].flatMap(({ preset }) => presetFor(preset).builtInAdmins));
  for (const [index, rule] of rules) {
    const context = { rule, path: `access.rules[${index}]`, upstreams, warn };
    for (const user of rule.effect === 'allow' ? rule.who.users : [])
      if (builtInAdmins.has(user.toLowerCase()))
        warn(
          'access.rules',
          'let a built-in administrator of the upstream in',
          'Use an account of its own for each person',
          showValue(user),
        );
    // A rule for nobody is said to be one; nothing else about it matters.
    if (isForNobody(rule.who)) continue;
    checkWidth(context);
    checkLists(context);
    checkLimits(context);
  }
  compareRules(
    [...rules].map(([index, rule]) => ({ path: `access.rules[${index}]`, rule })),
    builtInAdmins,
    findings,
  );
}

const isForNobody = ({ everyone, users, groups, emails, domains }: Who): boolean =>
  !everyone && [users, groups, emails, domains].every((names) => names.length === 0);

interface RuleContext extends Pick<AccessToCheck, 'upstreams'> {
  readonly rule: Rule;
  readonly path: string;
  readonly warn: (path: string, what: string, wayOut: string, value?: string) => void;
}

const READS_DATA: readonly Capability[] = ['datasource:query', 'datasource:resource', 'datasource:proxy'];

function checkWidth({ rule, path, upstreams, warn }: RuleContext): void {
  if (rule.effect === 'deny') return;
  const name = showValue(rule.name);
  const meant = [...upstreams].filter(([upstream]) => (rule.upstream ?? upstream) === upstream).map(([, upstream]) => upstream);
  const isKnown = meant.some(({ preset, paths }) => preset !== 'generic' || (paths ?? []).length > 0);
  if (rule.capabilities.includes('everything')) {
    const narrower = isKnown ? 'Write view, explore, edit or admin; docs/capabilities.md says what they hold' : undefined;
    if (rule.who.everyone) warn(path, 'lets everybody who is signed in do everything', 'Name users, groups or domains', name);
    else if (narrower !== undefined) warn(path, 'lets people do everything, also what framegate does not know', narrower, name);
    return;
  }
  const capabilities = expandCapabilities('allow', rule.capabilities);
  if (!isKnown && !capabilities.has('unknown'))
    warn(
      path,
      'grants nothing, as the preset generic knows no capability but unknown',
      "Write everything or unknown, say in the upstream's `paths` what requests do, or choose another preset",
      name,
    );
  else if (
    meant.some(({ preset }) => preset === 'grafana') &&
    rule.limits.dataSources === undefined &&
    READS_DATA.some((capability) => capabilities.has(capability))
  )
    warn(
      `${path}.on.dataSources`,
      'is absent, so these people may read every data source of the upstream',
      "List those they need, or write ['*']",
      name,
    );
}

function checkLists({ rule, path, warn }: RuleContext): void {
  const lists: [string, readonly unknown[] | undefined][] = [
    ...Object.entries(rule.limits).map(([kind, names]): [string, readonly unknown[]] => [`on.${kind}`, names]),
    ['when.weekdays', rule.when?.hours?.weekdays],
    ['when.networks', rule.when?.networks],
    ['when.methods', rule.when?.methods],
    ['when.issuers', rule.when?.issuers],
  ];
  for (const [key, list] of lists) {
    if (list?.length !== 0) continue;
    warn(
      `${path}.${key}`,
      `is empty, so the rule ${key.startsWith('when') ? 'never holds' : 'is about none of them'}`,
      'List something, or leave the key out',
      showValue(rule.name),
    );
  }
  if (rule.role !== undefined && rule.orgId !== undefined && rule.orgId !== 1)
    warn(
      `${path}.as`,
      'gives a role in an organisation that is not the first: Grafana applies it in auto_assign_org_id alone, and takes the person out of all others',
      `Leave role out, or set auto_assign_org_id = ${rule.orgId}`,
      showValue(rule.name),
    );
}

function checkLimits({ rule, path, upstreams, warn }: RuleContext): void {
  const meant = [...upstreams].filter(([upstream]) => (rule.upstream ?? upstream) === upstream);
  // The other presets name nothing, so such a grant gives next to nothing, and such a denial holds for everything.
  if (Object.keys(rule.limits).length > 0 && meant.length > 0 && meant.every(([, { preset }]) => preset !== 'grafana'))
    warn(
      path,
      'is limited by `on` to things that no request to its upstream names',
      'Leave only on.upstream, and choose the capabilities',
      showValue(rule.name),
    );
  const { dashboards, folders } = rule.limits;
  if (folders !== undefined && dashboards === undefined)
    warn(
      `${path}.on.folders`,
      `stands without dashboards; a request names a dashboard without its folder, so ${rule.effect === 'allow' ? 'no dashboard is granted' : 'every dashboard is denied'}`,
      'Name the dashboards too',
      showValue(rule.name),
    );
  if (rule.effect === 'deny') return;
  const { dataSources = ['*'] } = rule.limits;
  if (dataSources.length > 0 && !dataSources.includes('*') && meant.some(([, { version }]) => version === 9))
    warn(
      `${path}.on.dataSources`,
      'limits panels of Grafana 9, which name a data source by uid and by number and may be answered by the number, so they show no data',
      "Use Grafana 10 or later, or write ['*'] and keep these people to an organisation of their own",
      showValue(rule.name),
    );
  const kinds = Object.keys(rule.limits) as ResourceKind[];
  const escaping = (capability: Capability): boolean => kinds.some((kind) => CAPABILITY_FACTS[capability].scope[kind] === 'unlimited-only');
  const lost = rule.capabilities.filter((word) => [...expandCapabilities('allow', [word])].every(escaping));
  if (kinds.length > 0 && lost.length > 0)
    warn(
      path,
      `is limited by \`on\`, and never grants what could go round that: ${lost.join(', ')}`,
      'Give it in a rule without these limits',
      showValue(rule.name),
    );
}
