// Who is asking, told by the identity headers alone (Grafana's [auth.proxy]). No header, no viewer.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const ROLES = ['Viewer', 'Editor', 'Admin', 'None'] as const;
type Role = (typeof ROLES)[number];

export interface Viewer {
  readonly id: number;
  readonly uid: string;
  readonly login: string;
  /** Empty when no header told one. */
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly role: Role;
  readonly avatarUrl: string;
  readonly createdAt: string;
}

export interface Viewers {
  /** The viewer of a request; a login that was never seen becomes an account, as `auto_sign_up` does it. */
  read(req: IncomingMessage): Viewer | undefined;
}

export function createViewers(now: () => number): Viewers {
  const accounts = new Map<string, { id: number; createdAt: string; role: Role }>();

  function read(req: IncomingMessage): Viewer | undefined {
    const login = readHeader(req, 'x-webauth-user');
    if (login === '') return undefined;
    const account = accounts.get(login) ?? { id: accounts.size + 2, createdAt: formatSecond(now()), role: 'Viewer' };
    accounts.set(login, account);
    const role = readHeader(req, 'x-webauth-role');
    // An invalid role is ignored: the account keeps the one it has.
    if (isRole(role)) account.role = role;
    const email = readHeader(req, 'x-webauth-email') || login;
    return {
      id: account.id,
      uid: hashHex('sha1', login).slice(0, 14),
      login,
      name: readHeader(req, 'x-webauth-name'),
      email,
      groups: readHeader(req, 'x-webauth-groups')
        .split(',')
        .map((group) => group.trim())
        .filter((group) => group !== ''),
      role: account.role,
      avatarUrl: `/avatar/${hashHex('md5', email.toLowerCase())}`,
      createdAt: account.createdAt,
    };
  }

  return { read };
}

/** `GET /api/user`. */
export function buildUser(viewer: Viewer): Readonly<Record<string, unknown>> {
  return {
    id: viewer.id,
    uid: viewer.uid,
    email: viewer.email,
    name: viewer.name,
    login: viewer.login,
    theme: '',
    orgId: 1,
    isGrafanaAdmin: false,
    isDisabled: false,
    isExternal: true,
    isExternallySynced: false,
    isGrafanaAdminExternallySynced: false,
    authLabels: ['Auth Proxy'],
    updatedAt: viewer.createdAt,
    createdAt: viewer.createdAt,
    avatarUrl: viewer.avatarUrl,
    isProvisioned: false,
  };
}

/** The first value wins if the header is repeated. Bytes above ASCII are read as UTF-8. */
function readHeader(req: IncomingMessage, name: string): string {
  const value = req.headersDistinct[name]?.[0] ?? '';
  return Buffer.from(value, 'latin1').toString('utf8').trim();
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** `2026-11-20T21:45:28Z` */
function formatSecond(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

function hashHex(algorithm: 'md5' | 'sha1', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}
