// Who is signed in, and the end of it. What is told of a session signs nobody in.

import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { RevocationTarget, SessionSummary } from '../session/session.ts';
import type { AdminQuestion, AdminRoute } from './route.ts';

/** Most sessions of one answer, and how many where nothing is said. */
const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;
/** A session is named by the beginning of its key, in characters: 48 bits, enough for one name each. */
const SHORT_KEY_LENGTH = 13;
const MAX_VALUE_LENGTH = 512;

export interface SessionRoutesOptions {
  /** Living sessions of every instance, in no order. */
  listSessions(): AsyncIterable<SessionSummary>;
  /** @returns how many ended at once. */
  revoke(which: RevocationTarget): Promise<number>;
  readonly log: Log;
}

const shortKeyOf = ({ key }: SessionSummary): string => key.slice(0, SHORT_KEY_LENGTH);

export function createSessionRoutes(options: SessionRoutesOptions): readonly AdminRoute[] {
  const { log } = options;
  async function list({ query }: AdminQuestion): Promise<unknown> {
    const known = ['login', 'issuer', 'limit', 'cursor'];
    if ([...query.keys()].some((name) => !known.includes(name)) || new Set(query.keys()).size < query.size) throw refuse('query');
    const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT)) throw refuse('limit');
    const [login, issuer, cursor = ''] = ['login', 'issuer', 'cursor'].map((name) => query.get(name) ?? undefined);
    let page: SessionSummary[] = [];
    let hasMore = false;
    for await (const session of options.listSessions()) {
      if ((login !== undefined && session.login !== login) || (issuer !== undefined && session.issuer !== issuer)) continue;
      if (shortKeyOf(session) <= cursor) continue;
      page.push(session);
      // Sorted out now and then, so that memory is bounded by the page and not by the sessions.
      if (page.length > 2 * MAX_LIMIT) {
        page = firstOf(page, limit);
        hasMore = true;
      }
    }
    hasMore ||= page.length > limit;
    const sessions = firstOf(page, limit);
    const last = sessions.at(-1);
    return { sessions: sessions.map(show), ...(hasMore && last !== undefined && { cursor: shortKeyOf(last) }) };
  }

  async function revoke({ body, from }: AdminQuestion): Promise<unknown> {
    const target = readTarget(body);
    const named = await findNamed(target);
    let ended = 0;
    try {
      if (target.key === undefined) ended = await options.revoke(target);
      else for (const { key } of named) ended += await options.revoke({ key });
    } finally {
      // Also where the store could not be told: here it holds.
      log.info('session.revoked', { ...from, ...target, ended: Math.max(ended, named.length) });
    }
    // Those that only another instance knows are not among those that ended at once.
    return { ended: Math.max(ended, named.length) };
  }

  async function findNamed(target: RevocationTarget): Promise<readonly SessionSummary[]> {
    const named: SessionSummary[] = [];
    try {
      for await (const session of options.listSessions()) if (isNamed(target, session)) named.push(session);
    } catch (error) {
      // Without the list a key has no meaning; the others are revoked without a count.
      if (target.key !== undefined) throw error;
    }
    return named;
  }

  return [
    { method: 'GET', path: '/sessions', answer: list },
    { method: 'POST', path: '/revocations', answer: revoke },
  ];
}

const firstOf = (sessions: readonly SessionSummary[], limit: number): SessionSummary[] =>
  sessions.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);

function isNamed({ key, login, issuer, subject }: RevocationTarget, session: SessionSummary): boolean {
  return (
    (key === undefined || session.key === key || shortKeyOf(session) === key) &&
    (login === undefined || session.login === login) &&
    (issuer === undefined || session.issuer === issuer) &&
    (subject === undefined || session.subject === subject)
  );
}

function show(session: SessionSummary): unknown {
  const { login, issuer, subject, method, address, userAgent, startedAtMs, lastActiveAtMs, endsAtMs } = session;
  const time = (ms: number): string | undefined => (Number.isFinite(ms) ? new Date(ms).toISOString() : undefined);
  const [started, lastUse, ends] = [startedAtMs, lastActiveAtMs, endsAtMs].map(time);
  return { key: shortKeyOf(session), login, issuer, subject, method, address, agent: userAgent, started, lastUse, ends };
}

/** One session, a login (of one issuer), an issuer's people or one of them, or everybody. */
function readTarget(body: AdminQuestion['body']): RevocationTarget {
  const names = Object.keys(body).sort().join();
  if (names === 'everyone') {
    if (body['everyone'] === true) return { everyone: true };
    throw refuse('everyone');
  }
  if (!['key', 'login', 'issuer', 'issuer,login', 'issuer,subject'].includes(names)) throw refuse('target');
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.length <= MAX_VALUE_LENGTH;
  if (!Object.values(body).every(isText)) throw refuse('target-value');
  return { ...body };
}

function refuse(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_BAD_REQUEST', { reason });
}
