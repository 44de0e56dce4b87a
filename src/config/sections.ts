// The parts of a configuration that can be judged although other parts have problems, so that all are listed at once.

import type { z } from 'zod';
import { configSchema, type ParsedConfig } from './schema.ts';

const { shape } = configSchema;
const upstreamSchema = shape.upstreams.valueType;
const issuerSchema = shape.signIn.unwrap().shape.tickets.unwrap().element;
const oidcSchema = shape.signIn.unwrap().shape.oidc.unwrap().element;
const apiKeysSchema = shape.signIn.unwrap().shape.apiKeysFile;
const headerSchema = shape.signIn.unwrap().shape.header;
const passwordSchema = shape.signIn.unwrap().shape.password;
const ruleSchema = shape.access.unwrap().shape.rules.unwrap().element;

export interface Sections {
  readonly publicUrl: string | undefined;
  readonly listen: ParsedConfig['listen'] | undefined;
  readonly admin: ParsedConfig['admin'] | undefined;
  readonly trustedProxies: readonly string[];
  readonly upstreams: ReadonlyMap<string, ParsedConfig['upstreams'][string]>;
  /** Also of those that cannot be judged. */
  readonly upstreamNames: readonly string[];
  readonly usersFile: string | undefined;
  readonly apiKeysFile: string | undefined;
  readonly header: ParsedConfig['signIn']['header'];
  readonly tickets: ReadonlyMap<number, ParsedConfig['signIn']['tickets'][number]>;
  readonly oidc: ReadonlyMap<number, ParsedConfig['signIn']['oidc'][number]>;
  readonly session: ParsedConfig['session'] | undefined;
  readonly embed: ParsedConfig['embed'] | undefined;
  readonly limits: ParsedConfig['limits'] | undefined;
  readonly accessMode: ParsedConfig['access']['mode'] | undefined;
  readonly rules: ReadonlyMap<number, ParsedConfig['access']['rules'][number]>;
  readonly audit: ParsedConfig['audit'] | undefined;
  readonly log: ParsedConfig['log'] | undefined;
}

export function readSections(input: unknown): Sections {
  const signIn = fieldOf(input, 'signIn');
  const upstreams = fieldOf(input, 'upstreams');
  return {
    publicUrl: parseUsable(shape.publicUrl, fieldOf(input, 'publicUrl')),
    listen: parseUsable(shape.listen, fieldOf(input, 'listen')),
    admin: parseUsable(shape.admin, fieldOf(input, 'admin')),
    trustedProxies: parseUsable(shape.trustedProxies, fieldOf(input, 'trustedProxies')) ?? [],
    upstreams: parseEach(upstreamSchema, isMapping(upstreams) ? Object.entries(upstreams) : []),
    upstreamNames: isMapping(upstreams) ? Object.keys(upstreams) : [],
    usersFile: parseUsable(passwordSchema, fieldOf(signIn, 'password'))?.usersFile,
    apiKeysFile: parseUsable(apiKeysSchema, fieldOf(signIn, 'apiKeysFile')),
    header: parseUsable(headerSchema, fieldOf(signIn, 'header')),
    tickets: parseEach(issuerSchema, listOf(fieldOf(signIn, 'tickets'))),
    oidc: parseEach(oidcSchema, listOf(fieldOf(signIn, 'oidc'))),
    session: parseUsable(shape.session, fieldOf(input, 'session')),
    embed: parseUsable(shape.embed, fieldOf(input, 'embed')),
    limits: parseUsable(shape.limits, fieldOf(input, 'limits')),
    accessMode: parseUsable(shape.access.unwrap().shape.mode, fieldOf(fieldOf(input, 'access'), 'mode')),
    rules: parseEach(ruleSchema, listOf(fieldOf(fieldOf(input, 'access'), 'rules'))),
    audit: parseUsable(shape.audit, fieldOf(input, 'audit')),
    log: parseUsable(shape.log, fieldOf(input, 'log')),
  };
}

function parseEach<Schema extends z.ZodType, Key>(schema: Schema, entries: Iterable<[Key, unknown]>): Map<Key, z.output<Schema>> {
  const parsed = new Map<Key, z.output<Schema>>();
  for (const [key, value] of entries) {
    const usable = parseUsable(schema, value);
    if (usable !== undefined) parsed.set(key, usable);
  }
  return parsed;
}

/**
 * The value without the keys that have problems, defaults in their place; undefined when too little is left. What
 * comes out is judged for further problems only, never put in force.
 */
function parseUsable<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  if (!isMapping(value)) return undefined;
  const rest: Record<string, unknown> = { ...value };
  for (const issue of first.error.issues) {
    if (issue.path.length > 0) delete rest[String(issue.path[0])];
    else if (issue.code === 'unrecognized_keys') for (const key of issue.keys) delete rest[key];
  }
  const second = schema.safeParse(rest);
  return second.success ? second.data : undefined;
}

const listOf = (value: unknown): [number, unknown][] => (Array.isArray(value) ? [...value.entries()] : []);
const fieldOf = (value: unknown, key: string): unknown => (isMapping(value) ? value[key] : undefined);

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
