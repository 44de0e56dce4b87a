// Strict reading of YAML 1.2 and JSON (SEC-B19): no duplicate keys, no keys of the object prototype, no tags beyond the
// core schema, bounded aliases. A parser's own message is never shown, for it may quote the line with a secret.

import { extname } from 'node:path';
import { isAlias, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ConfigProblem } from './problem.ts';
import { formatPath } from './problem.ts';

/** Largest configuration or users file, in bytes (1 MiB). */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** Most uses of anchors in one file, counted with what they expand to. */
const MAX_ALIASES = 100;

const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const CORE_TAGS = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`));

const SYNTAX_SENTENCES = new Map<string, string>([
  ['DUPLICATE_KEY', 'has the same key twice'],
  ['MULTIPLE_DOCS', 'holds more than one document'],
  ['TAB_AS_INDENT', 'is indented with a tab'],
  ['BAD_INDENT', 'is indented wrongly'],
  ['MISSING_CHAR', 'misses a closing quote or bracket'],
]);

export type DocumentResult = { readonly value: unknown } | { readonly problems: readonly ConfigProblem[] };

/**
 * The plain value of a document.
 * @param name Shown in problems; also tells JSON (`.json`) from YAML (everything else).
 */
export function parseConfigDocument(text: string, name: string): DocumentResult {
  const fail = (what: string, wayOut: string): DocumentResult => ({ problems: [{ path: name, what, wayOut }] });
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) return fail('is larger than 1 MiB', 'Give the right file');
  if (extname(name) === '.json' && !isJson(text)) return fail('is not JSON', 'Correct the syntax, or name the file .yaml');

  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', prettyErrors: false, uniqueKeys: true, strict: true, lineCounter: lines });
  const at = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${name} line ${line}, column ${col}`;
  };
  const problems: ConfigProblem[] = document.errors.map((error) => ({
    path: at(error.pos[0]),
    what: SYNTAX_SENTENCES.get(error.code) ?? 'is not valid YAML',
    wayOut: 'Correct the syntax; quote text that holds special characters',
  }));
  if (document.directives.yaml.version !== '1.2') {
    problems.push({ path: name, what: 'asks for another YAML version', wayOut: 'Remove the %YAML directive; YAML 1.2 is read' });
  }
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node) && node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
        problems.push({ path: at(node.range?.[0]), what: 'has a tag', wayOut: 'Remove the word that starts with "!"' });
      }
    },
    Pair(_key, pair) {
      const offset = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== 'string' && typeof key !== 'number') {
        problems.push({ path: at(offset), what: 'has a key that is not text', wayOut: 'Write keys as plain words' });
      } else if (PROTOTYPE_KEYS.has(String(key))) {
        problems.push({ path: at(offset), what: `has the key "${key}"`, wayOut: 'Remove it; this name is not accepted anywhere' });
      }
    },
  });
  if (problems.length > 0) return { problems };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    JSON.stringify(value); // throws on an anchor that contains itself
    return { value: value ?? {} };
  } catch {
    return fail(
      'uses an anchor that is unknown, contains itself, or expands too often',
      'Write the value out; quote text that starts with "*" or "&"',
    );
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Paths of keys that would reach the object prototype, in a value that was built in code. */
export function findPrototypeKeys(value: unknown, path: readonly PropertyKey[] = []): ConfigProblem[] {
  if (typeof value !== 'object' || value === null || path.length > 20) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    PROTOTYPE_KEYS.has(key)
      ? [{ path: formatPath([...path, key]), what: 'is not accepted as a key', wayOut: 'Remove it' }]
      : findPrototypeKeys(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
