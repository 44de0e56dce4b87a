import { createAdminClient } from './admin-client.ts';
import { type Command, EXIT_FINE, note, parseOptions, print } from './command.ts';
import { countOf } from './report.ts';

const PAGE = '1000';
/** Heads of the table with the keys of the API's answer; how each is shown. */
const COLUMNS = [
  ['LOGIN', 'login'],
  ['METHOD', 'method'],
  ['ADDRESS', 'address'],
  ['STARTED', 'started'],
  ['LAST USE', 'lastUse'],
  ['ENDS', 'ends'],
  ['KEY', 'key'],
  ['ISSUER', 'issuer'],
  ['AGENT', 'agent'],
] as const;
const MAX_CELL = 60;

type Row = Readonly<Record<string, unknown>>;

export const command: Command = {
  help: `framegate sessions: lists who is signed in, on all instances, by asking the running service

Usage: framegate sessions [--config FILE] [--login LOGIN] [--issuer ISSUER] [--json]

  --config FILE    that of the service; its admin listener is asked. Default: $FRAMEGATE_CONFIG, else ./framegate.yaml
  --login LOGIN    only this person's
  --issuer ISSUER  only this issuer's; password is the users file
  --json           one JSON object per line

KEY names a session for framegate revoke --session. Nothing here signs anybody in. Times are UTC.
Example: framegate sessions --login alice`,

  async run(args) {
    const options = parseOptions(args, {
      config: { type: 'string' },
      login: { type: 'string' },
      issuer: { type: 'string' },
      json: { type: 'boolean' },
    });
    const { login, issuer } = options;
    const client = createAdminClient(options.config);
    const rows: Row[] = [];
    let cursor: string | undefined;
    do {
      const answer = await client.get('/sessions', { login, issuer, limit: PAGE, cursor });
      const page = answer['sessions'] as readonly Row[];
      if (options.json === true) for (const row of page) print(JSON.stringify(row));
      rows.push(...page);
      cursor = answer['cursor'] as string | undefined;
    } while (cursor !== undefined);
    if (options.json === true) return EXIT_FINE;
    if (rows.length > 0) print(formatTable(rows.toSorted((a, b) => (String(a['login']) < String(b['login']) ? -1 : 1))));
    note(rows.length === 0 ? 'no session' : countOf(rows, 'session'));
    return EXIT_FINE;
  },
};

function formatTable(rows: readonly Row[]): string {
  const lines = [COLUMNS.map(([head]) => head as string), ...rows.map((row) => COLUMNS.map(([, key]) => formatCell(row[key])))];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One printable line: an agent's name could hold what colours a terminal, or writes over it. */
function formatCell(value: unknown): string {
  const text = String(value ?? '-').replace(/[^\x20-\x7e]/g, '?');
  const time = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z$/.exec(text);
  if (time !== null) return `${time[1]} ${time[2]}`;
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 3)}...` : text;
}
