// Schema violations as sentences with a way out. A value is printed only where the schema expects a single value
// that is not a secret: under an unknown key, or in place of a mapping, there may stand a misplaced secret (SEC-B21).

import type { z } from 'zod';
import { suggest } from './near-miss.ts';
import { type ConfigProblem, formatPath, showValue } from './problem.ts';
import { describeSchema, isSecretPath, nodesAt, type SchemaNode } from './schema-node.ts';

type Issue = z.core.$ZodIssue;

/** Accepted values that are listed at most; more are told by the meaning of the key. */
const MAX_LISTED = 12;

const SCALARS = new Set(['string', 'integer', 'number', 'boolean']);
const TYPE_NAMES = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a mapping'],
  ['record', 'a mapping'],
]);

/** Every violation, in the schema's order. @param name Put before each path, for files besides the configuration. */
export function findSchemaProblems(schema: z.ZodType, input: unknown, name = ''): ConfigProblem[] {
  const result = schema.safeParse(input);
  if (result.success) return [];
  const root = describeSchema(schema);
  return result.error.issues
    .flatMap((issue) => describeIssue(issue, [], { root, input }))
    .map((problem) => (name === '' ? problem : { ...problem, path: `${name} ${problem.path}` }));
}

interface Context {
  readonly root: SchemaNode;
  readonly input: unknown;
}

function describeIssue(issue: Issue, base: readonly PropertyKey[], context: Context): ConfigProblem[] {
  const path = [...base, ...issue.path];
  const value = valueAt(context.input, path);
  const nodes = nodesAt(context.root, path);
  const shown = showable(context.root, path, value) ? { value: showValue(value) } : {};
  const meaning = nodes.find((node) => node.description !== undefined)?.description;
  const make = (what: string, wayOut: string): ConfigProblem[] => [{ path: formatPath(path), what, ...shown, wayOut: trimStop(wayOut) }];

  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = nodes.flatMap((node) => Object.keys(node.properties ?? {}));
      return issue.keys.map((key) => ({
        path: formatPath([...path, key]),
        what: 'is not a known key',
        wayOut: suggest(key, known, `Known here: ${known.join(', ')}`),
      }));
    }
    case 'invalid_type':
      if (value === undefined) return make('is missing', meaning === undefined ? 'Add it' : `Add it. ${meaning}`);
      if (value === null) return make('is empty', 'Give a value, or remove the line');
      return make(`must be ${TYPE_NAMES.get(issue.expected) ?? issue.expected}, not ${typeName(value)}`, meaning ?? 'Write it so');
    case 'invalid_value': {
      const values = issue.values.map(String);
      const all = values.length > MAX_LISTED && meaning !== undefined ? meaning : `Write ${values.join(' or ')}`;
      return make('is not one of the accepted values', suggest(secretless(shown, value), values, all));
    }
    case 'too_small':
      if (issue.minimum === 1 && issue.origin !== 'number') return make('is empty', meaning ?? 'Give a value, or leave the key out');
      return make('is too small', `Write at least ${issue.minimum}${unitOf(issue.origin)}`);
    case 'too_big':
      return make('is too large', `Write at most ${issue.maximum}${unitOf(issue.origin)}`);
    case 'invalid_key':
      return issue.issues.flatMap((inner) => make(...splitSentence(inner.message)));
    case 'invalid_union':
      return describeUnion(issue, path, context) ?? make('has none of the accepted forms', meaning ?? 'See docs/configuration.md');
    default:
      return make(...splitSentence(issue.message));
  }
}

/** The alternative that was evidently meant: the one that complains about something inside, not about the whole. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[], context: Context): ConfigProblem[] | undefined {
  const meant = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'));
  return meant?.flatMap((inner) => describeIssue(inner, path, context));
}

/** The schema's own messages say what is wrong, then what to do. */
function splitSentence(message: string): [what: string, wayOut: string] {
  const end = message.indexOf('. ');
  return end < 0 ? [message, 'See docs/configuration.md'] : [message.slice(0, end), message.slice(end + 2)];
}

function showable(root: SchemaNode, path: readonly PropertyKey[], value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'object' || isSecretPath(root, path)) return false;
  return nodesAt(root, path).some((node) => SCALARS.has(node.type ?? ''));
}

const secretless = (shown: { value?: string }, value: unknown): string => (shown.value === undefined ? '' : String(value));
const trimStop = (text: string): string => text.replace(/\.$/, '');
const unitOf = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return TYPE_NAMES.get(typeof value) ?? typeof value;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
