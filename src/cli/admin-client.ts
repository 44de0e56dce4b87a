// How the command line asks a running service: by the admin listener of the same configuration, with its token.

import { request } from 'node:http';
import type { AdminConfig } from '../config/config.ts';
import { ConfigError } from '../config/error.ts';
import { checkServiceConfig } from '../config/load.ts';
import { UsageError } from './command.ts';

/** Longest wait for an answer, in milliseconds: a shared store is read for a list. */
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface AdminClient {
  /** @throws {Error} with a message for people where the service does not answer, or refuses. */
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<Readonly<Record<string, unknown>>>;
  post(path: string, body: object): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * @param file Default: that of `framegate serve`.
 * @throws {ConfigError} for a configuration with problems, {UsageError} for one that names no port to ask.
 */
export function createAdminClient(file: string | undefined): AdminClient {
  const { config, problems } = checkServiceConfig(file);
  if (config === undefined) throw new ConfigError(problems);
  const { admin } = config;
  if (admin === undefined) throw new UsageError('needs the admin listener, and admin is false. Give it an address and restart the service');
  if (admin.port === 0)
    throw new UsageError('cannot know the port of the admin listener, as admin.port is 0. Give it a number and restart the service');
  return {
    get(path, query = {}) {
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return ask(admin, `${path}?${new URLSearchParams(given).toString()}`);
    },
    post: (path, body) => ask(admin, path, JSON.stringify(body)),
  };
}

async function ask(admin: AdminConfig, path: string, body?: string): Promise<Readonly<Record<string, unknown>>> {
  const host = addressOf(admin.host);
  const { status, text } = await send(admin, host, path, body);
  const value = parse(text);
  if (status === 200 && value !== undefined) return value;
  const at = `http://${host.includes(':') ? `[${host}]` : host}:${admin.port}`;
  if (value?.['code'] === 'FRAMEGATE_ADMIN_REFUSED')
    throw new Error(`the service at ${at} does not accept the token of this configuration. Was it started with another one?`);
  if (typeof value?.['detail'] === 'string') throw new Error(`the service at ${at} answered ${status}: ${value['detail']}`);
  throw new Error(`what answers at ${at} is not framegate's admin API (status ${status}). Is admin.port the service's?`);
}

/** Where to connect to what listens everywhere. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function send(admin: AdminConfig, host: string, path: string, body: string | undefined): Promise<{ status: number; text: string }> {
  const { port, token } = admin;
  const headers = {
    Accept: 'application/json',
    ...(token !== undefined && { Authorization: `Bearer ${token.revealText()}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host, port, path: `/admin/api${path}`, method: body === undefined ? 'GET' : 'POST', headers, agent: false, timeout: TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > MAX_ANSWER_BYTES) sent.destroy(new Error('the answer is too long'));
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    sent.on('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ECONNREFUSED' ? 'nothing listens there' : cause.message;
      reject(
        new Error(`the service cannot be reached at ${host}, port ${port}: ${why}. Is it running, with this configuration?`, { cause }),
      );
    });
    sent.end(body);
  });
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // another program's answer
  }
}
