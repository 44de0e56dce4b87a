// Fields of a small form, from either media type: names to texts, each once, nothing else (SEC-B7.4, SEC-B19.1,
// ASVS 15.3.7). A Map, so that no name can be special.

import { FramegateError } from '../kernel/errors.ts';

export type Fields = ReadonlyMap<string, string>;

const MAX_FIELDS = 32;
/** Deepest nesting that is looked at; a form has one level. */
const MAX_JSON_DEPTH = 4;
const SPECIAL_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype'];

function refuse(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_BAD_REQUEST', { reason });
}

function collectFields(pairs: readonly (readonly [string, unknown])[]): Fields {
  if (pairs.length > MAX_FIELDS) throw refuse('too-many-fields');
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (typeof value !== 'string') throw refuse('field-not-a-text');
    if (SPECIAL_NAMES.includes(name)) throw refuse('field-name');
    if (fields.has(name)) throw refuse('field-repeated');
    fields.set(name, value);
  }
  return fields;
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refuse('form-encoding');
  }
}

/** Parses application/x-www-form-urlencoded (WHATWG URL 5.1), without the repairs that it allows. */
export function parseForm(text: string): Fields {
  const parts = text.split('&', MAX_FIELDS + 2).filter((part) => part !== '');
  return collectFields(
    parts.map((part) => {
      const end = part.includes('=') ? part.indexOf('=') : part.length;
      return [decodeFormText(part.slice(0, end)), decodeFormText(part.slice(end + 1))] as const;
    }),
  );
}

/**
 * Deepest nesting of brackets and number of strings in JSON text, in one pass over it. Works on text that is cut off,
 * and says nothing about whether the rest is well-formed.
 */
function measureJson(text: string): { depth: number; strings: number } {
  let depth = 0;
  let deepest = 0;
  let strings = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
      strings += 1;
    } else if (character === '{' || character === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return { depth: deepest, strings };
}

export function isDeepJson(text: string): boolean {
  return measureJson(text).depth > MAX_JSON_DEPTH;
}

/** Fields of an object that a parser made, ours or the host application's. */
export function readParsedFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('body-not-an-object');
  return collectFields(Object.entries(value));
}

export function parseJsonFields(text: string): Fields {
  if (isDeepJson(text)) throw refuse('json-depth');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('json-syntax');
  }
  const fields = readParsedFields(value);
  // JSON.parse keeps the last of two equal names; a flat object of texts has two strings per field.
  if (measureJson(text).strings !== fields.size * 2) throw refuse('field-repeated');
  return fields;
}
