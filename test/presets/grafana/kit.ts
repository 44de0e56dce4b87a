// Classifying in tests: requests in one line, and verdicts as they are compared.

import { readFileSync } from 'node:fs';
import { type Classification, isRefusal, type Refusal, type RequestToClassify, type Resources } from '../../../src/policy/request.ts';
import { createClassify } from '../../../src/presets/grafana/classify.ts';
import { createJudgeFrame } from '../../../src/presets/grafana/live-frame.ts';

export const judgeFrame = createJudgeFrame(12);

const byMajor = new Map<number | undefined, ReturnType<typeof createClassify>>();

export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/grafana/${name}`, import.meta.url), 'utf8'));
}

interface InventoryRoute {
  readonly method: string;
  readonly pattern: string;
  readonly capability: string;
}

/** The routes of Grafana 12.2; method `WS` for messages of the Live socket. */
export function readInventory(): readonly InventoryRoute[] {
  return readFixture('routes.json') as InventoryRoute[];
}

/** A path of each pattern, with every alternative and made-up names. */
export function samplesOf(pattern: string): string[] {
  const choice = /\{([^}]+)\}/.exec(pattern);
  if (choice !== null) return (choice[1] ?? '').split('|').flatMap((word) => samplesOf(pattern.replace(choice[0], word)));
  return [
    pattern
      .replaceAll(':namespace', 'default')
      .replaceAll(/:(?:orgId|id)/g, '7')
      .replaceAll(/:\w+/g, 'name-1')
      .replace(/\*$/, 'some/rest'),
  ];
}

function requestOf(line: string, headers: Readonly<Record<string, string>> = {}): RequestToClassify {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', ...query] = target.split('?');
  return { method, path, query: query.join('?'), header: (name) => headers[name] };
}

/** @param line `GET /api/user?x=1` */
export function judge(line: string, headers?: Readonly<Record<string, string>>, major: number | undefined = 12): Classification | Refusal {
  const classify = byMajor.get(major) ?? createClassify(major);
  byMajor.set(major, classify);
  return classify(requestOf(line, headers));
}

export function capabilityOf(line: string, major?: number): string {
  const verdict = judge(line, {}, major);
  return isRefusal(verdict) ? `refused: ${verdict.refused}` : verdict.capability;
}

export function resourcesOf(line: string): Resources | Refusal {
  const verdict = judge(line);
  return isRefusal(verdict) ? verdict : verdict.resources;
}

/** What the body names. */
export function readBody(
  line: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  major?: number,
): Resources | Refusal {
  const verdict = judge(line, { 'content-type': 'application/json', ...headers }, major);
  if (isRefusal(verdict)) return verdict;
  if (verdict.readBody === undefined) throw new Error(`${line} has no body that names anything`);
  return verdict.readBody(typeof body === 'string' ? new TextEncoder().encode(body) : body);
}
