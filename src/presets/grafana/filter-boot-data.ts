// The boot data of Grafana's pages: one inline script, `window.grafanaBootData = { user: .., settings: .., navTree: .. }`,
// whose values are JSON. Only settings and navTree are written anew; every other byte of the page stays.

import { findStringEnd } from '../../kernel/json-string.ts';
import type { Visible } from '../../policy/request.ts';
import { filterSettings } from './filter-settings.ts';
import { isJsonObject } from './folded-keys.ts';

const ASSIGNMENT = /grafanaBootData\s*=(?!=)/g;
const OBJECT = /\s*\{\s*user\s*:\s*/y;
/** The page of Grafana's front-end service holds none of it: it asks for `/bootdata`, which is filtered. */
const FETCHED = /\s*\{\s*(?:_femt\s*:\s*true\s*,\s*)?\.\.\.\w+\s*,?\s*\}/y;

/** @returns The page; as it is where it holds no boot data; undefined where its boot data has an unknown form. */
export function filterPage(page: string, visible: Visible): string | undefined {
  const assignments = [...page.matchAll(ASSIGNMENT)];
  const [assignment, ...others] = assignments;
  if (assignment === undefined) return page;
  const start = assignment.index + assignment[0].length;
  if (others.length > 0) return undefined;
  FETCHED.lastIndex = start;
  if (FETCHED.test(page)) return page;
  OBJECT.lastIndex = start;
  if (!OBJECT.test(page)) return undefined;
  const user = readValue(page, OBJECT.lastIndex);
  const settings = readMember(page, user?.end, 'settings');
  const navTree = readMember(page, settings?.end, 'navTree');
  if (settings === undefined || navTree === undefined) return undefined;
  const kept = filterSettings(settings.value, visible);
  if (kept === undefined) return undefined;
  return [
    page.slice(0, settings.start),
    writeScriptJson(kept),
    page.slice(settings.end, navTree.start),
    writeScriptJson(filterNavTree(navTree.value, visible)),
    page.slice(navTree.end),
  ].join('');
}

/** The boot data as an answer of its own (`/bootdata`). */
export function filterBootData(answer: unknown, visible: Visible): unknown {
  if (!isJsonObject(answer)) return undefined;
  const settings = filterSettings(answer['settings'], visible);
  return settings === undefined ? undefined : { ...answer, settings, navTree: filterNavTree(answer['navTree'], visible) };
}

/** The navigation is no data and stays, but for links to dashboards (the starred ones) that the person may not see. */
function filterNavTree(tree: unknown, visible: Visible): unknown {
  if (Array.isArray(tree)) return tree.filter((item) => !leadsElsewhere(item, visible)).map((item) => filterNavTree(item, visible));
  if (!isJsonObject(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, inner]) => [key, filterNavTree(inner, visible)]));
}

function leadsElsewhere(item: unknown, visible: Visible): boolean {
  const url = isJsonObject(item) ? item['url'] : undefined;
  const uid = typeof url === 'string' ? /\/d\/([^/?#]+)/.exec(url)?.[1] : undefined;
  return uid !== undefined && !visible.dashboard(uid);
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

function readMember(page: string, from: number | undefined, name: string): Value | undefined {
  if (from === undefined) return undefined;
  const key = new RegExp(`\\s*,\\s*${name}\\s*:\\s*`, 'y');
  key.lastIndex = from;
  return key.test(page) ? readValue(page, key.lastIndex) : undefined;
}

/** The JSON value that begins at a place of the page. */
function readValue(page: string, start: number): Value | undefined {
  const end = findEnd(page, start);
  try {
    return { start, end, value: JSON.parse(page.slice(start, end)) as unknown };
  } catch {
    return undefined;
  }
}

function findEnd(page: string, start: number): number {
  const tokens = /["{}[\]]|null/g;
  tokens.lastIndex = start;
  let depth = 0;
  for (let found = tokens.exec(page); found !== null; found = tokens.exec(page)) {
    const [token] = found;
    if (token === '"') tokens.lastIndex = findStringEnd(page, found.index);
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return page.length;
}

/** JSON that cannot end the script it stands in. */
function writeScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
