import { randomBytes } from 'node:crypto';
import { API_KEY_ID, formatApiKey, hashApiKey } from '../config/api-key.ts';
import { systemClock } from '../kernel/clock.ts';
import { parseDuration } from '../kernel/duration.ts';
import { parseLogin } from '../kernel/login.ts';
import { GRANTED_WORDS } from '../policy/bundles.ts';
import { type Command, EXIT_FINE, parseOptions, print, requireOption, UsageError } from './command.ts';

const SECRET_BYTES = 32;
const DEFAULT_LIFETIME = '90d';

export const command: Command = {
  help: `framegate api-key: makes an API key for a renderer, a scraper or another machine

Usage: framegate api-key create --id ID --login LOGIN [OPTIONS]

  --id ID           names the key: letters, digits and "-"
  --login LOGIN     what the dashboard server is told
  --group NAME      for rules; can be repeated
  --expires TIME    a duration (90d), a day (2027-01-31) or never; default ${DEFAULT_LIFETIME}
  --upstream NAME   narrows the key to it; can be repeated
  --may WORD        narrows it to a capability or bundle, such as view; can be repeated
  --dashboard UID   narrows it to a dashboard; can be repeated
  --note TEXT       what it is for

Prints the key, which is shown this once, and the entry for the keys file (signIn.apiKeysFile), which holds its hash.
Example: framegate api-key create --id renderer-1 --login renderer --group operators --may view`,

  async run([action, ...args]) {
    if (action !== 'create') throw new UsageError('needs "create", and then its options');
    const options = parseOptions(args, {
      id: { type: 'string' },
      login: { type: 'string' },
      group: { type: 'string', multiple: true },
      expires: { type: 'string' },
      upstream: { type: 'string', multiple: true },
      may: { type: 'string', multiple: true },
      dashboard: { type: 'string', multiple: true },
      note: { type: 'string' },
    });
    const id = requireOption(options.id, 'id ID');
    if (!API_KEY_ID.test(id)) throw new UsageError('needs letters, digits and "-" after --id');
    const login = parseLogin(requireOption(options.login, 'login LOGIN'));
    if (login === undefined) throw new UsageError('needs a login after --login: letters, digits and . _ @ + | : / = ~ -');
    const unknown = options.may?.find((word) => !GRANTED_WORDS.some((known) => known === word));
    if (unknown !== undefined)
      throw new UsageError(`needs a capability or bundle after --may, such as ${GRANTED_WORDS.slice(0, 3).join(', ')}`);
    const key = formatApiKey(id, randomBytes(SECRET_BYTES));
    const scope = { upstreams: options.upstream, may: options.may, dashboards: options.dashboard };
    const entry = {
      id,
      hash: `sha256:${hashApiKey(key).toString('hex')}`,
      login,
      groups: options.group,
      expires: readExpiry(options.expires ?? DEFAULT_LIFETIME),
      scope: Object.values(scope).some((value) => value !== undefined) ? scope : undefined,
      note: options.note,
    };
    print(`key  ${key}  (shown this once: keep it with the machine)

For the keys file (signIn.apiKeysFile), under keys:

${renderEntry(entry)}`);
    return EXIT_FINE;
  },
};

/** A day, as the keys file has it; undefined: never. */
function readExpiry(text: string): string | undefined {
  if (text === 'never') return undefined;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new UsageError('needs a duration, a day or "never" after --expires, such as 90d');
  return new Date(systemClock.now() + ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** JSON in one line each, which is YAML too. */
function renderEntry(entry: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entry).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]));
  return lines.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`).join('\n');
}
