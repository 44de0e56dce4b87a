// Every key of the configuration, from the schema: what the environment and the generated documents go by.

import { configSchema } from './schema.ts';
import { branchesOf, describeSchema, recordValue, type SchemaNode } from './schema-node.ts';

/** Stands in a path for the names of a mapping with free names, and for the places of a list. */
export const ANY_NAME = '<name>';
export const ANY_INDEX = '<n>';

export interface ConfigKey {
  readonly path: readonly string[];
  readonly node: SchemaNode;
  /** Has keys of its own; such a key takes no single value, save an alternative such as `admin: false`. */
  readonly group: boolean;
  readonly required: boolean;
  readonly secret: boolean;
}

/** All keys, each group before what lies in it, in the schema's order. */
export function listConfigKeys(): readonly ConfigKey[] {
  return listKeys(describeSchema(configSchema), [], true);
}

function listKeys(node: SchemaNode, path: readonly string[], required: boolean): ConfigKey[] {
  const branches = branchesOf(node);
  const inner = branches.flatMap((branch) => [
    ...Object.entries(branch.properties ?? {}).flatMap(([key, value]) =>
      listKeys(value, [...path, key], branch.required?.includes(key) ?? false),
    ),
    ...keysBelow(recordValue(branch), [...path, ANY_NAME]),
    ...keysBelow(branch.items?.properties === undefined ? undefined : branch.items, [...path, ANY_INDEX]),
  ]);
  if (path.length === 0) return inner;
  const secret = branches.some((branch) => branch.secret === true);
  return [{ path, node, group: inner.length > 0, required, secret }, ...inner];
}

function keysBelow(node: SchemaNode | undefined, path: readonly string[]): ConfigKey[] {
  return node === undefined ? [] : listKeys(node, path, false);
}

/** `upstreams.<name>.url`, `access.rules[<n>].name`. */
export function formatKeyPath(path: readonly string[]): string {
  return path.reduce((text, part) => (part === ANY_INDEX ? `${text}[<n>]` : text === '' ? part : `${text}.${part}`), '');
}

/** True when one environment variable can give the whole value. */
export function takesVariable(key: ConfigKey): boolean {
  if (!key.group) return true;
  return branchesOf(key.node).some((branch) => branch.const !== undefined);
}

/** `FRAMEGATE_UPSTREAMS_<NAME>_STRIP_MOUNT`. */
export function environmentName(path: readonly string[]): string {
  const words = path.map((part) => part.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase());
  return `FRAMEGATE_${words.join('_')}`;
}
