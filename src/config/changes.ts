// What differs between two configurations, by the names that operators write, and what of it has to wait for a restart.
// Names only: a value may be a secret's.

import type { Rule } from '../policy/rule.ts';
import type { Config } from './config.ts';
import { canonicalText, isSame } from './fingerprint.ts';
import type { ConfigProblem } from './problem.ts';

/** Names of list entries that came, went, or say something else than before. */
interface NamedChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface ConfigChanges {
  /** As in the file: `session.idleTimeout`, `upstreams.grafana`, `access.rules`. */
  readonly keys: readonly string[];
  readonly rules: NamedChanges;
  readonly users: NamedChanges;
  /** Rules of either configuration that the other does not have, or has in another place. */
  readonly affectedRules: readonly Rule[];
}

/** As fields of a line: `rulesAdded`, `rulesRemoved`, `rulesChanged`; what is empty is left out. */
export function nameChanges(list: 'rules' | 'users', { added, removed, changed }: NamedChanges): Record<string, readonly string[]> {
  const fields = [
    [`${list}Added`, added],
    [`${list}Removed`, removed],
    [`${list}Changed`, changed],
  ] as const;
  return Object.fromEntries(fields.filter(([, names]) => names.length > 0));
}

/** Keys of a Config whose name is another than in the file. */
const FILE_NAMES = new Map([
  ['rules', 'access.rules'],
  ['accessMode', 'access.mode'],
  ['signIn.users', 'signIn.password'],
  ['signIn.usersFile', 'signIn.password.usersFile'],
  ['signIn.apiKeys', 'signIn.apiKeysFile'],
  ['session.secrets', 'session.secret'],
]);

const SECTIONS = ['signIn', 'session', 'embed', 'limits'] as const;

export function compareConfigs(before: Config, after: Config): ConfigChanges {
  return {
    keys: listChangedKeys(before, after),
    rules: compareNamed(before.rules, after.rules),
    users: compareNamed(before.signIn.users ?? [], after.signIn.users ?? []),
    affectedRules: listAffectedRules(before.rules, after.rules),
  };
}

/** Why a configuration cannot take the place of another while the process runs; empty: it can. */
export function findRestartNeeds(before: Config, after: Config): readonly ConfigProblem[] {
  const isShared = before.session.store.kind !== 'memory';
  return listChangedKeys(before, after)
    .filter((key) => RESTART_KEYS.has(key) || (isShared && key === 'session.secret'))
    .map((path) => ({ path, what: 'cannot change while framegate runs', wayOut: 'Restart framegate, or put back what it was' }));
}

/** What the process listens on, keeps its state in, or told browsers and upstreams that it is. */
const RESTART_KEYS: ReadonlySet<string> = new Set([
  'publicUrl',
  'listen',
  'admin',
  'log',
  'session.store',
  'session.outageWindow',
  'session.absoluteTimeout',
  'session.maxSessions',
]);

function listChangedKeys(before: Config, after: Config): string[] {
  const [one, other] = [listParts(before), listParts(after)];
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => !isSame(one.get(key), other.get(key)));
}

/** Every part by its name in the file. */
function listParts(config: Config): Map<string, unknown> {
  const parts = new Map<string, unknown>();
  const add = (name: string, value: unknown): void => void parts.set(FILE_NAMES.get(name) ?? name.replace(/Ms$/, ''), value);
  for (const [name, value] of Object.entries(config)) {
    if (name === 'upstreams') for (const upstream of config.upstreams) add(`upstreams.${upstream.name}`, upstream);
    else if (!(SECTIONS as readonly string[]).includes(name)) add(name, value);
  }
  for (const section of SECTIONS) for (const [name, value] of Object.entries(config[section])) add(`${section}.${name}`, value);
  return parts;
}

function compareNamed(before: readonly { readonly name: string }[], after: readonly { readonly name: string }[]): NamedChanges {
  const [one, other] = [byName(before), byName(after)];
  return {
    added: [...other.keys()].filter((name) => !one.has(name)),
    removed: [...one.keys()].filter((name) => !other.has(name)),
    changed: [...one.keys()].filter((name) => other.has(name) && !isSame(one.get(name), other.get(name))),
  };
}

const byName = <Item extends { readonly name: string }>(items: readonly Item[]): Map<string, Item> =>
  new Map(items.map((item) => [item.name, item]));

function listAffectedRules(before: readonly Rule[], after: readonly Rule[]): readonly Rule[] {
  const [one, other] = [before.map(canonicalText), after.map(canonicalText)];
  const [inOne, inOther] = [new Set(one), new Set(other)];
  const isInOrder = one.filter((text) => inOther.has(text)).join('\n') === other.filter((text) => inOne.has(text)).join('\n');
  // What the upstream is told is by the first rule that grants, so their order counts.
  if (!isInOrder) return [...before, ...after];
  return [
    ...before.filter((_rule, index) => !inOther.has(one[index] ?? '')),
    ...after.filter((_rule, index) => !inOne.has(other[index] ?? '')),
  ];
}
