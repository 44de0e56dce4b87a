// The environment over the file: FRAMEGATE_ and the key's path in upper snake case. A variable that names no key is
// an error, for a mistyped one must not leave a default in force (SEC-B21.4).

import { ANY_INDEX, ANY_NAME, type ConfigKey, environmentName, listConfigKeys, takesVariable } from './keys.ts';
import { findNearMiss } from './near-miss.ts';
import { type Findings, formatPath } from './problem.ts';
import { branchesOf, type SchemaNode } from './schema-node.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;
type Path = readonly (string | number)[];

/** Names the configuration file; the one variable that is no key. */
export const CONFIG_VARIABLE = 'FRAMEGATE_CONFIG';

/** Alternatives of each other: the environment's replaces the file's. */
const ALTERNATIVES = [
  ['jwksUrl', 'jwksFile', 'publicKeyFile', 'secret', 'secretFile'],
  ['clientSecret', 'clientSecretFile'],
];

// Kubernetes describes each service to each container by such variables, and a service may well be called framegate.
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** The variables that are meant for us. */
export function listVariables(env: Environment): [name: string, value: string][] {
  return Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      entry[0].startsWith('FRAMEGATE_') &&
      entry[0] !== CONFIG_VARIABLE &&
      !SERVICE_LINK.test(entry[0]) &&
      !(entry[0].endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(entry[1])),
  );
}

/**
 * A copy of `input` with the variables put in.
 * @returns also which path came from which variable, by formatted path.
 */
export function applyEnvironment(
  input: unknown,
  env: Environment,
  findings: Findings,
): { input: unknown; variables: ReadonlyMap<string, string> } {
  const variables = new Map<string, string>();
  const entries = listVariables(env);
  if (entries.length === 0 || !isTree(input)) return { input, variables };
  // By way of text, so that two keys that share a YAML anchor do not share a value that is changed here.
  const tree = JSON.parse(JSON.stringify(input)) as Tree;
  const keys = listConfigKeys().filter(takesVariable);
  // In the order of names, so that element 0 of a list exists before element 1 is added.
  for (const [name, text] of entries.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    const match = matchKey(name, keys, tree);
    if (match === undefined) {
      const near = findNearMiss(name, candidateNames(keys, tree));
      const wayOut = 'The names are listed in docs/configuration.md';
      findings.problems.push({
        path: name,
        what: 'is not a known variable',
        wayOut: near === undefined ? wayOut : `Did you mean ${near}? ${wayOut}`,
      });
      continue;
    }
    const value = parseVariable(text, match.key.node);
    if (value === undefined) {
      findings.problems.push({ path: name, what: 'is empty', wayOut: 'Give a value, or do not set it' });
    } else if (putIn(tree, match.path, value, variables)) {
      variables.set(formatPath(match.path), name);
    } else {
      findings.problems.push({
        path: name,
        what: 'leaves a gap in the list, or meets a value that is no list or mapping',
        wayOut: 'Number the entries from 0 without gaps',
      });
    }
  }
  return { input: tree, variables };
}

interface Match {
  readonly key: ConfigKey;
  readonly path: Path;
}

/** Upstream names may hold words that are key names too: a name that the file knows wins, then the longest key. */
function matchKey(name: string, keys: readonly ConfigKey[], tree: Tree): Match | undefined {
  const matches = keys.flatMap((key): (Match & { known: boolean })[] => {
    const pattern = environmentName(key.path).replace('<NAME>', '([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)').replace('<N>', '(\\d{1,3})');
    const found = new RegExp(`^${pattern}$`).exec(name)?.[1];
    if (found === undefined) return environmentName(key.path) === name ? [{ key, path: key.path, known: true }] : [];
    const upstream = upstreamNames(tree).find((known) => toVariableWord(known) === found);
    const path = key.path.map((part) => {
      if (part === ANY_INDEX) return Number(found);
      return part === ANY_NAME ? (upstream ?? found.toLowerCase().replaceAll('_', '-')) : part;
    });
    return [{ key, path, known: upstream !== undefined }];
  });
  return matches.sort((a, b) => Number(b.known) - Number(a.known) || nameLength(a) - nameLength(b))[0];
}

const nameLength = (match: Match): number => String(match.path[1] ?? '').length;
const toVariableWord = (name: string): string => name.toUpperCase().replaceAll('-', '_');
const upstreamNames = (tree: Tree): string[] => (isTree(tree['upstreams']) ? Object.keys(tree['upstreams']) : []);

function candidateNames(keys: readonly ConfigKey[], tree: Tree): string[] {
  return [CONFIG_VARIABLE, ...keys.map((key) => environmentName(key.path))].flatMap((name) =>
    name.includes('<NAME>')
      ? upstreamNames(tree).map((known) => name.replace('<NAME>', toVariableWord(known)))
      : [name.replace('<N>', '0')],
  );
}

/** What the text means for a key: lists are split at commas, save secrets. Undefined: empty where a value is needed. */
function parseVariable(text: string, node: SchemaNode): unknown {
  const branches = branchesOf(node);
  const scalars = branches.filter((branch) => branch.type !== 'array' && branch.type !== 'object' && branch.type !== undefined);
  const secret = branches.some((branch) => branch.secret === true);
  const list = branches.some((branch) => branch.type === 'array') && !secret;
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (list && scalars.length === 0) return items;
  if (text === '') return undefined;
  if (list && (items.length > 1 || scalars.every((scalar) => scalar.enum !== undefined && !scalar.enum.includes(text)))) return items;
  const types = scalars.map((scalar) => scalar.type);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.includes('integer') && /^\d{1,10}$/.test(text)) return Number(text);
  return text;
}

/** @returns false when the place does not exist and cannot be made. */
function putIn(tree: Tree, path: Path, value: unknown, variables: ReadonlyMap<string, string>): boolean {
  let at: Tree | unknown[] = tree;
  for (const [index, part] of path.slice(0, -1).entries()) {
    const next = path[index + 1];
    const current: unknown = Array.isArray(at) ? at[Number(part)] : at[String(part)];
    if (Array.isArray(at) && Number(part) > at.length) return false;
    if (typeof next === 'number' ? Array.isArray(current) : isTree(current)) {
      at = current as Tree | unknown[];
      continue;
    }
    if (current !== undefined && current !== null && current !== false) return false;
    const made: Tree | unknown[] = typeof next === 'number' ? [] : {};
    if (Array.isArray(at)) at[Number(part)] = made;
    else at[String(part)] = made;
    at = made;
  }
  const last = String(path.at(-1));
  if (Array.isArray(at)) return false;
  for (const other of ALTERNATIVES.find((names) => names.includes(last)) ?? []) {
    if (other !== last && !variables.has(formatPath([...path.slice(0, -1), other]))) delete at[other];
  }
  at[last] = value;
  return true;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
