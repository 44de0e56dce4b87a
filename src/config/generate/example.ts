// config/framegate.example.yaml: every key with its meaning; what has a default shows it, what has none is commented out.

import { stringify } from 'yaml';
import { ANY_INDEX, ANY_NAME, formatKeyPath } from '../keys.ts';
import { configSchema } from '../schema.ts';
import { branchesOf, describeSchema, recordValue, type SchemaNode } from '../schema-node.ts';
import { EXAMPLE, SUGGESTIONS } from './example-values.ts';

/** Columns that comments are wrapped at. */
const WIDTH = 110;

export function buildExample(): string {
  const head = [
    '# yaml-language-server: $schema=./framegate.schema.json',
    '# Every key of framegate. Only publicUrl, upstreams and a way to sign in are needed; keys that are commented out',
    '# have no value unless given. Durations: 500ms, 30s, 15m, 8h, 7d. Check a file with `framegate check --config FILE`.',
    '# Made from src/config/schema.ts by `npm run generate`.',
  ];
  return `${[...head, ...renderMapping(describeSchema(configSchema), EXAMPLE, [], 0)].join('\n')}\n`;
}

function renderMapping(node: SchemaNode, example: unknown, path: readonly string[], depth: number): string[] {
  const properties = branchesOf(node).flatMap((branch) => Object.entries(branch.properties ?? {}));
  return properties.flatMap(([key, value]) => {
    const lines = renderKey(key, value, fieldOf(example, key), [...path, key], depth);
    return depth === 0 ? ['', ...lines] : lines;
  });
}

function renderKey(key: string, node: SchemaNode, example: unknown, path: readonly string[], depth: number): string[] {
  const pad = '  '.repeat(depth);
  const comment = wrapComment(node.description, pad);
  const branches = branchesOf(node);
  const items = branches.find((branch) => branch.items?.properties !== undefined)?.items;
  const value = branches.map(recordValue).find((inner) => inner?.properties !== undefined);
  if (items !== undefined) {
    const entries = Array.isArray(example) ? example : [];
    if (entries.length === 0) return [...comment, `${pad}#${key}:`, ...suggestItem(items, [...path, ANY_INDEX], depth + 1)];
    return [...comment, `${pad}${key}:`, ...entries.flatMap((entry) => renderItem(items, entry, [...path, ANY_INDEX], depth + 1))];
  }
  if (value !== undefined) {
    const entries = Object.entries((example ?? {}) as Record<string, unknown>);
    const rendered = entries.flatMap(([name, inner]) => [
      `${pad}  ${name}:`,
      ...renderMapping(value, inner, [...path, ANY_NAME], depth + 2),
    ]);
    return [...comment, `${pad}${key}:`, ...rendered];
  }
  if (branches.some((branch) => branch.properties !== undefined)) {
    const mapping = renderMapping(node, example, path, depth + 1);
    // Without an example, a part that is optional as a whole stays off, defaults and all.
    const inner = example === undefined && node.default === undefined ? mapping.map(commentOut) : mapping;
    return [...comment, `${pad}${inner.some(isActive) ? '' : '#'}${key}:`, ...inner];
  }
  const shown = example ?? node.default;
  if (shown !== undefined) return [...comment, `${pad}${key}: ${renderValue(shown)}`];
  return [...comment, `${pad}#${key}: ${SUGGESTIONS.get(formatKeyPath(path)) ?? ''}`.trimEnd()];
}

/** One element of a list: the dash stands before its first active line. */
function renderItem(node: SchemaNode, example: unknown, path: readonly string[], depth: number): string[] {
  const lines = renderMapping(node, example, path, depth + 1);
  const first = lines.findIndex(isActive);
  const pad = '  '.repeat(depth);
  return lines.map((line, index) => (index > first ? line : `${pad}${index === first ? '- ' : ''}${line.slice(pad.length + 2)}`));
}

/** One element of a list that has none; its dash stands before the first key. */
function suggestItem(node: SchemaNode, path: readonly string[], depth: number): string[] {
  const lines = renderMapping(node, undefined, path, depth + 1).map(commentOut);
  const first = lines.findIndex((line) => /^ *#[a-z]/i.test(line));
  return lines.map((line, index) => (index === first ? line.replace(/ {2}#/, '#- ') : line));
}

const commentOut = (line: string): string => (isActive(line) ? line.replace(/^ */, '$&#') : line);
const isActive = (line: string): boolean => line !== '' && !line.trimStart().startsWith('#');

function renderValue(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}

function wrapComment(text: string | undefined, pad: string): string[] {
  if (text === undefined) return [];
  const lines: string[] = [];
  let line = `${pad}#`;
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${pad}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
