import type { Resources } from '../policy/request.ts';
import type { ExplainedRule, Explanation } from './explanation.ts';

/** An explanation as lines for people. */
export function formatExplanation(explanation: Explanation): string {
  const { method, path, login, groups, email, issuer, upstream, capability, resources, rules, reasons } = explanation;
  const person = `${login}${email === undefined ? '' : ` <${email}>`}${groups.length === 0 ? ', no groups' : `, groups ${groups.join(', ')}`}`;
  const rows: [string, readonly string[] | string | undefined][] = [
    ['request', `${method} ${path}`],
    ['person', person],
    ['issuer', issuer],
    ['upstream', upstream],
    ['version', formatTable(explanation)],
    ['capability', capability],
    ['names', resources && formatResources(resources)],
    ['body', explanation.needsBody === true ? 'names more; give it with --body FILE' : undefined],
    ['rules', rules && formatRules(rules)],
    ['decision', formatDecision(explanation)],
    ['reasons', reasons.join(', ')],
  ];
  return rows
    .flatMap(([name, value]) =>
      (value === undefined ? [] : [value].flat()).map((line, index) => `${(index === 0 ? name : '').padEnd(12)}${line}`),
    )
    .join('\n');
}

/** Nobody is asked here, so a version that is not set is not known. */
function formatTable({ upstream, table }: Explanation): string | undefined {
  if (table !== 'strictest') return table?.toString();
  return `the strictest, as upstreams.${upstream}.version is not set; --upstream-version N gives one`;
}

function formatDecision({ decision, status, rule, role, orgId, observed, switchedOff }: Explanation): string {
  switch (decision) {
    case 'allow': {
      const told = [role, orgId === undefined ? undefined : `organisation ${orgId}`].filter((part) => part !== undefined).join(' in ');
      return `allow, by the rule ${JSON.stringify(rule)}${told === '' ? '' : `, as ${told}`}`;
    }
    case 'deny': {
      if (switchedOff !== undefined) return 'signs in by no way (401), whatever the rules say';
      const by = rule === undefined ? '' : `, by the rule ${JSON.stringify(rule)}`;
      return observed === true ? `would deny${by}; let through, as access.mode is observe` : `deny (403)${by}`;
    }
    case 'refused':
      return `refused for everybody (${status})`;
    case 'own':
      return "answered by framegate itself, by that path's own policy";
    default:
      return 'no upstream lies at this path (404)';
  }
}

const KINDS: { readonly [kind in keyof Resources]-?: string } = {
  dashboards: 'dashboards',
  folders: 'folders',
  dataSources: 'data sources',
  plugins: 'plugins',
  orgIds: 'organisations',
};

function formatResources(resources: Resources): string {
  const named = (Object.keys(KINDS) as (keyof Resources)[]).flatMap((kind) => {
    const names = resources[kind] ?? [];
    return names.length === 0 ? [] : [`${KINDS[kind]} ${names.join(', ')}`];
  });
  return named.length === 0 ? 'nothing' : named.join('; ');
}

/** More rules than this are cut to those that are for the person. */
const MAX_SHOWN = 20;

function formatRules(rules: readonly ExplainedRule[]): string[] {
  const shown = rules.length <= MAX_SHOWN ? rules : rules.filter(({ match }) => match !== undefined);
  const lines = shown.map(({ rule, effect, match, miss }) => {
    const verdict = miss === undefined ? `${effect === 'allow' ? 'grants' : 'denies'} (${match})` : `no (${miss})`;
    return `${JSON.stringify(rule)}${effect === 'deny' ? ' (deny)' : ''}: ${verdict}`;
  });
  const hidden = rules.length - shown.length;
  return [...lines, ...(hidden === 0 ? [] : [`and ${hidden} rules for other people`]), ...(rules.length === 0 ? ['none'] : [])];
}
