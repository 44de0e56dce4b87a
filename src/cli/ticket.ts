import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { parseDuration } from '../kernel/duration.ts';
import { createTicket } from '../sign-in/create-ticket.ts';
import { type Command, EXIT_FINE, parseOptions, print, requireOption, UsageError } from './command.ts';

export const command: Command = {
  help: `framegate ticket: signs a ticket as a host application's server would, for trying things

Usage: framegate ticket --key FILE --issuer URL --audience URL --subject LOGIN [OPTIONS]

  --key FILE        private key (JWK or PEM), or a file with the shared secret
  --issuer URL      the host application, as in signIn.tickets[].issuer
  --audience URL    framegate's publicUrl
  --subject LOGIN   who the viewer is
  --name TEXT       display name
  --email ADDRESS
  --group NAME      can be repeated
  --dashboard UID   narrows the session to this dashboard; can be repeated
  --lifetime TIME   at most 120s; default 60s
  --kid ID          default: that of the JWK
  --algorithm NAME  default: by the key

Prints the ticket and nothing else. It can be used once.
Example: framegate ticket --key keys/ticket-key.private.json --issuer https://app.example.com --audience https://dash.example.com --subject alice --group operators`,

  async run(args) {
    const options = parseOptions(args, {
      key: { type: 'string' },
      issuer: { type: 'string' },
      audience: { type: 'string' },
      subject: { type: 'string' },
      name: { type: 'string' },
      email: { type: 'string' },
      group: { type: 'string', multiple: true },
      dashboard: { type: 'string', multiple: true },
      lifetime: { type: 'string' },
      kid: { type: 'string' },
      algorithm: { type: 'string' },
    });
    const ticket = await createTicket({
      key: readKey(requireOption(options.key, 'key FILE')),
      issuer: requireOption(options.issuer, 'issuer URL'),
      audience: requireOption(options.audience, 'audience URL'),
      subject: requireOption(options.subject, 'subject LOGIN'),
      name: options.name,
      email: options.email,
      groups: options.group,
      dashboards: options.dashboard,
      lifetimeSeconds: parseLifetime(options.lifetime),
      kid: options.kid,
      algorithm: options.algorithm,
    });
    print(ticket);
    return EXIT_FINE;
  },
};

function readKey(file: string): string | JWK {
  const text = readText(file);
  if (!text.trimStart().startsWith('{')) return text.startsWith('-----BEGIN') ? text : text.replace(/\r?\n$/, '');
  try {
    return JSON.parse(text) as JWK;
  } catch {
    // The parser's message would quote the key.
    throw new UsageError('cannot read the key: it is not JSON. Give a private JWK, a PEM or a shared secret');
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    throw new UsageError(`cannot read the file of --key (${code})`);
  }
}

function parseLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined) throw new UsageError('needs a duration after --lifetime, such as 60s');
  return ms / 1000;
}
