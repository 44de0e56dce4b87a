// The schema as data, for those who walk it: environment names, messages, generated documents.

import { z } from 'zod';

/** The parts of JSON Schema (2020-12) that the configuration uses, and the mark of secret keys. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly secret?: boolean;
}

const nodesBySchema = new WeakMap<z.ZodType, SchemaNode>();

/** The schema of what may be written (defaults not yet filled in). */
export function describeSchema(schema: z.ZodType): SchemaNode {
  const known = nodesBySchema.get(schema);
  if (known !== undefined) return known;
  const node = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
  nodesBySchema.set(schema, node);
  return node;
}

/** The node and its alternatives. */
export function branchesOf(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : [node, ...node.anyOf.flatMap(branchesOf)];
}

/** What may stand at a path: every alternative on the way is followed. Empty where the schema knows nothing. */
export function nodesAt(root: SchemaNode, path: readonly PropertyKey[]): readonly SchemaNode[] {
  let nodes = branchesOf(root);
  for (const part of path) {
    nodes = nodes.flatMap((node) => {
      const inner = typeof part === 'number' ? node.items : (node.properties?.[String(part)] ?? recordValue(node));
      return inner === undefined ? [] : branchesOf(inner);
    });
  }
  return nodes;
}

/** The value type of a mapping with free names. */
export function recordValue(node: SchemaNode): SchemaNode | undefined {
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

/** True when the path, or anything above it, is marked as a secret. */
export function isSecretPath(root: SchemaNode, path: readonly PropertyKey[]): boolean {
  for (let length = 0; length <= path.length; length++) {
    if (nodesAt(root, path.slice(0, length)).some((node) => node.secret === true)) return true;
  }
  return false;
}
