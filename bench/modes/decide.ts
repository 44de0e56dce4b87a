// What it takes to classify a request and to decide about it, with many rules: in this process, without any request.

import type { Asker } from '../../src/policy/asker.ts';
import { classify } from '../../src/policy/classify.ts';
import { decide } from '../../src/policy/decide.ts';
import { isRefusal, type RequestToClassify } from '../../src/policy/request.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { presetFor } from '../../src/presets/index.ts';
import type { Bench, Finding, Mode, ModeResult } from '../bench.ts';

/** Microseconds; issue of the access rules. */
const TARGET_US = 5;
const CALLS = 200_000;

export const decideMode: Mode = { name: 'decide', run };

const NAMESPACE = '/apis/dashboard.grafana.app/v1beta1/namespaces/default';

/** What one dashboard asks for, by kinds. */
const REQUESTS: readonly [method: string, path: string, query: string][] = [
  ['GET', '/d/plant-77/plant', 'orgId=1&kiosk'],
  ['GET', `${NAMESPACE}/dashboards/plant-77/dto`, ''],
  ['GET', '/public/build/app.js', ''],
  ['GET', '/api/folders/abc', ''],
  ['GET', '/api/annotations', 'from=1&to=2&dashboardUID=plant-77'],
  ['GET', '/api/live/ws', ''],
];

async function run({ durations, say }: Bench): Promise<ModeResult> {
  const count = durations.rules;
  const everyRule = Array.from({ length: count }, (_, index) => index);
  const cases: readonly [name: string, rules: readonly Rule[]][] = [
    ['10 rules', everyRule.slice(-10).map((index) => ruleFor(`group ${index}`, []))],
    [`${count} rules for as many groups, the last one matches`, everyRule.map((index) => ruleFor(`group ${index}`, []))],
    [`${count} rules for one group, a dashboard each`, everyRule.map((index) => ruleFor(`group ${count - 1}`, [`plant-${index}`]))],
    [`${count} rules for other groups: denied`, everyRule.map((index) => ruleFor(`other ${index}`, []))],
  ];
  const findings = cases.map(([name, rules]): Finding => {
    say(`deciding with ${name}`);
    return { name: `classify and decide: ${name}`, value: measureUs(rules, `group ${count - 1}`), unit: 'us', target: TARGET_US };
  });
  return { costs: [], findings, absent: [] };
}

/** Microseconds for one request; the best of three rounds, as others use the machine too. */
function measureUs(rules: readonly Rule[], group: string): number {
  const preset = presetFor('grafana');
  const identity = { issuer: 'host', subject: 'alice', login: 'alice', groups: ['staff', 'night', group] };
  const asker: Asker = { identity, rules, nowMs: 0, upstream: 'grafana', builtInAdmins: preset.builtInAdmins };
  const requests = REQUESTS.map(([method, path, query]): RequestToClassify => ({ method, path, query, header: () => undefined }));
  const ask = (calls: number): void => {
    for (let call = 0; call < calls; call++) {
      const request = requests[call % requests.length];
      const verdict = request && classify(preset, request);
      if (verdict !== undefined && !isRefusal(verdict)) decide(asker, verdict);
    }
  };
  ask(CALLS / 4);
  const rounds = [1, 2, 3].map(() => {
    const startedMs = performance.now();
    ask(CALLS);
    return ((performance.now() - startedMs) / CALLS) * 1000;
  });
  return Math.min(...rounds);
}

function ruleFor(group: string, dashboards: readonly string[]): Rule {
  return {
    name: `${group} ${dashboards.join(' ')}`,
    effect: 'allow',
    who: { everyone: false, users: [], emails: [], domains: [], groups: [group] },
    capabilities: ['view'],
    upstream: undefined,
    limits: dashboards.length === 0 ? {} : { dashboards },
    when: undefined,
    role: undefined,
    orgId: undefined,
  };
}
