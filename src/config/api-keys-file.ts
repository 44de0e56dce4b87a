// The keys file: machine credentials by their hashes. Also read while the gate runs, so that a key can be taken away.

import { basename, resolve } from 'node:path';
import { z } from 'zod';
import type { Narrowing } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { GRANTED_WORDS } from '../policy/bundles.ts';
import { listNamedUsers } from '../policy/named-users.ts';
import { presetFor } from '../presets/index.ts';
import { API_KEY_ID, type ApiKeyConfig, type ApiKeysFile } from './api-key.ts';
import type { Config } from './config.ts';
import { parseConfigDocument } from './document.ts';
import { readNamedFile } from './file-text.ts';
import { type Findings, showValue } from './problem.ts';
import { findSchemaProblems } from './schema-problems.ts';

const names = z.array(z.string().min(1).max(256)).min(1).max(100);

const key = z.strictObject({
  id: z.string().regex(API_KEY_ID, { error: 'is not an id. Use letters, digits and "-"' }).describe('Names the key; part of it.'),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, {
      error: 'is not a hash. Write "sha256:" and 64 hexadecimal digits, as `framegate api-key create` does',
    })
    .describe('SHA-256 of the key.')
    .meta({ secret: true }),
  login: z.string().describe('What the upstream is told.'),
  groups: z
    .array(z.string().regex(/^[^,\p{Cc}]{1,255}$/u, { error: 'is not a group name. Use any text without commas and control characters' }))
    .max(100)
    .default([])
    .describe('For rules and the groups header.'),
  expires: z
    .string()
    .refine((text) => parseExpiry(text) !== undefined, {
      error: 'is not a time. Write 2027-01-31 (the whole day, UTC) or 2027-01-31T12:00:00Z',
    })
    .optional()
    .describe('End of the key.'),
  scope: z
    .strictObject({
      upstreams: names.optional().describe('Names of upstreams.'),
      may: z.array(z.enum(GRANTED_WORDS)).min(1).optional().describe('Capabilities or bundles.'),
      dashboards: names.optional().describe('Dashboard uids, exactly.'),
    })
    .optional()
    .describe('Narrows what the rules grant.'),
  disabled: z.boolean().default(false).describe('true: is refused.'),
  note: z.string().max(500).optional().describe('What it is for; for people.'),
});
const fileSchema = z.strictObject({ keys: z.array(key).max(10_000).describe('The keys.') });

const PATH = 'signIn.apiKeysFile';

export interface ApiKeysContext {
  readonly folder: string;
  /** Lower-case logins that need a rule which names them (grafana.md, fact 3). */
  readonly builtInAdmins: ReadonlySet<string>;
  /** Logins that some rule names, exactly. */
  readonly namedUsers: ReadonlySet<string>;
  readonly upstreamNames: readonly string[];
  readonly findings: Findings;
}

/** The keys of the file; undefined after a problem that hides them. */
export function readApiKeysFile(file: string, context: ApiKeysContext): ApiKeysFile | undefined {
  const { findings } = context;
  const content = readNamedFile(file, context.folder, PATH, findings);
  if (content === undefined) return undefined;
  const name = basename(file)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 100);
  const document = parseConfigDocument(content.bytes.toString('utf8'), name);
  if ('problems' in document) {
    findings.problems.push(...document.problems);
    return undefined;
  }
  findings.problems.push(...findSchemaProblems(fileSchema, document.value, name));
  const list = (document.value as { keys?: unknown }).keys;
  if (!Array.isArray(list)) return undefined;
  const ids = new Set<string>();
  const keys = list.flatMap((item, index) => {
    const parsed = key.safeParse(item);
    return parsed.success ? [resolveKey(parsed.data, `${name} keys[${index}]`, ids, context)] : [];
  });
  return { path: resolve(context.folder, file), keys };
}

/** The file as it is now, by the rules that it was first read by. Warnings were told at the start. */
export function readApiKeysAgain(
  file: ApiKeysFile,
  config: Pick<Config, 'upstreams' | 'rules'>,
  findings: Findings,
): ApiKeysFile | undefined {
  return readApiKeysFile(file.path, {
    folder: '/',
    builtInAdmins: new Set(config.upstreams.flatMap(({ preset }) => presetFor(preset).builtInAdmins)),
    namedUsers: listNamedUsers(config.rules),
    upstreamNames: config.upstreams.map(({ name }) => name),
    findings,
  });
}

function resolveKey(parsed: z.output<typeof key>, path: string, ids: Set<string>, context: ApiKeysContext): ApiKeyConfig {
  const { problems, warnings } = context.findings;
  const refuse = (field: string, what: string, wayOut: string, value: string): number =>
    problems.push({ path: `${path}.${field}`, what, value: showValue(value), wayOut });
  const { id, login } = parsed;
  if (ids.has(id)) refuse('id', 'is the id of an earlier key', 'Name each key differently', id);
  ids.add(id);
  if (parseLogin(login) === undefined)
    refuse('login', 'cannot be a login', 'Use letters, digits and . _ @ + | : / = ~ -, starting with a letter or digit', login);
  else if (context.builtInAdmins.has(login.toLowerCase()) && !context.namedUsers.has(login))
    refuse('login', 'is a built-in administrator of the upstream', 'Choose another, or name it in a rule: who: { users: [...] }', login);
  const unknown = parsed.scope?.upstreams?.find((name) => !context.upstreamNames.includes(name));
  if (unknown !== undefined) refuse('scope.upstreams', 'names no upstream', `Known: ${context.upstreamNames.join(', ')}`, unknown);
  if (parsed.expires === undefined)
    warnings.push({
      path: `${path}.expires`,
      what: 'is missing, so the key is good for ever',
      wayOut: 'Give it an end, such as 2027-01-31',
    });
  return {
    id,
    hash: Buffer.from(parsed.hash.slice('sha256:'.length), 'hex'),
    login,
    groups: parsed.groups,
    expiresAtMs: parsed.expires === undefined ? undefined : parseExpiry(parsed.expires),
    scope: resolveScope(parsed.scope),
    disabled: parsed.disabled,
  };
}

function resolveScope(scope: z.output<typeof key>['scope']): Narrowing | undefined {
  const given = Object.entries(scope ?? {}).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** Milliseconds since the epoch; a day ends with its last moment, UTC. */
function parseExpiry(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, day = '', time] = match;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // The parser takes the 31st of any month for the 1st of the next.
  if (!Number.isFinite(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  const at = time === undefined ? midnight + 24 * 60 * 60 * 1000 : Date.parse(text);
  return Number.isFinite(at) ? at : undefined;
}
