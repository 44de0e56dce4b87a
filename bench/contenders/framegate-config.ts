// The configuration that our own gate is measured with: as shipped, with what a small installation has.

import { randomBytes } from 'node:crypto';
import type { ConfigInput } from '../../src/config/schema.ts';

export const HOST_PAGE = 'https://app.bench.example';
export const GROUP = 'operators';
/** Of "correct horse battery staple". Nobody signs in with it here. */
const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';

export interface FramegateVariant {
  /** `upstreams.*.engine`; default: what the configuration takes by itself. */
  readonly engine?: string;
  /** `session.store`; default: what the configuration takes by itself. */
  readonly store?: string;
  /** Rules, of which only the last one matches. Default 10. */
  readonly rules?: number;
  /** Accounts in the users file. Default 10. */
  readonly users?: number;
  /** The rule that matches is a viewer's of one data source. Default: it grants everything. */
  readonly limited?: boolean;
}

export interface ConfigFilesInput extends FramegateVariant {
  readonly port: number;
  readonly upstreamPort: number;
  readonly ticketSecret: string;
  readonly usersFile: string;
}

/** The content of the configuration file. */
export function buildConfig({
  engine,
  store,
  rules = 10,
  limited = false,
  port,
  upstreamPort,
  ticketSecret,
  usersFile,
}: ConfigFilesInput): ConfigInput {
  const others = Array.from({ length: rules - 1 }, (_, index) => ({
    name: `t${index}`,
    who: { groups: [`t${index}`] },
    may: ['everything' as const],
  }));
  const matching = { name: 'operators', who: { groups: [GROUP] }, as: { role: 'Viewer' } };
  const granted = limited ? { may: ['view'], on: { dataSources: ['prom'] } } : { may: ['everything'] };
  const written = {
    publicUrl: `http://localhost:${port}`,
    listen: { host: '127.0.0.1', port },
    admin: { host: '127.0.0.1', port: 0 },
    upstreams: { grafana: { url: `http://127.0.0.1:${upstreamPort}`, ...(engine === undefined ? {} : { engine }) } },
    signIn: {
      tickets: [{ issuer: HOST_PAGE, algorithms: ['HS256'], secret: ticketSecret }],
      password: { usersFile },
    },
    session: { secret: newSecret(), maxSessions: 1_000_000, ...(store === undefined ? {} : { store }) },
    embed: { hosts: [HOST_PAGE] },
    // A hundred thousand people do not sign in within minutes; here they do.
    limits: { ticketsPerIssuer: '900000 per 1m' },
    access: { rules: [...others, { ...matching, ...granted }] },
    log: { level: 'info' },
  };
  // An engine or a store that this version does not know is refused when the file is read.
  return written as ConfigInput;
}

/** The content of the users file. */
export function buildUsers(count: number): string {
  return JSON.stringify({ users: Array.from({ length: count }, (_, index) => ({ name: `u${index}`, passwordHash: PASSWORD_HASH })) });
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
