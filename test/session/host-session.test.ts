// A host application may run express-session in front of us. Neither session may see, save or end the other's.

import session from 'express-session';
import { describe, expect, it } from 'vitest';
import { closeKits, startSessions } from './kit.ts';

closeKits();

declare module 'express-session' {
  interface SessionData {
    basket?: string[];
  }
}

/** The host application's own session middleware, with a store that can be looked into. */
function createHostSession() {
  const store = new session.MemoryStore();
  const handler = session({ name: 'host.sid', secret: 'host', store, resave: false, saveUninitialized: true });
  return { store, handler };
}

const readAll = (store: session.MemoryStore): Promise<Record<string, session.SessionData>> =>
  new Promise((resolve, reject) => {
    store.all((error, all) => {
      if (error) reject(error);
      else resolve((all ?? {}) as Record<string, session.SessionData>);
    });
  });

describe('a host application with express-session of its own', () => {
  it('keeps its session when somebody signs in to ours: both cookies are set, each under its own name', async () => {
    const host = createHostSession();
    const kit = await startSessions({
      before: [
        host.handler,
        (req, _res, next) => {
          req.session.basket = ['pear'];
          next();
        },
      ],
    });
    const answer = await kit.visit(undefined, async (req) => {
      expect(req.session.basket).toBeUndefined();
      await kit.sessions.start(req, { identity: { issuer: 'i', subject: 's', login: 'alice', groups: [] }, method: 'ticket' });
    });
    expect(answer.setCookie.map((line) => line.split('=')[0]).sort()).toEqual(['__Host-framegate', 'host.sid']);
    const stored = Object.values(await readAll(host.store));
    expect(stored).toHaveLength(1);
    expect(stored[0]).toMatchObject({ basket: ['pear'] });
    expect(JSON.stringify(stored)).not.toContain('alice');
  });

  it('keeps its session when somebody signs out of ours', async () => {
    const host = createHostSession();
    const kit = await startSessions({ before: [host.handler] });
    const first = await kit.visit(undefined, async (req) => {
      await kit.sessions.start(req, { identity: { issuer: 'i', subject: 's', login: 'alice', groups: [] }, method: 'ticket' });
    });
    const cookies = first.setCookie.map((line) => line.split(';')[0]).join('; ');
    const second = await kit.visit(cookies, (req) => kit.sessions.end(req));
    expect(new Set(second.setCookie.map((line) => line.split('=')[0]))).toEqual(new Set(['__Host-framegate']));
    expect(Object.keys(await readAll(host.store))).toHaveLength(1);
    expect(kit.ended).toHaveLength(1);
  });

  it('finds its own session again in its hooks on the answer', async () => {
    const host = createHostSession();
    const seen: unknown[] = [];
    const kit = await startSessions({
      before: [
        host.handler,
        (req, res, next) => {
          const { end } = res;
          req.session.basket = ['plum'];
          res.end = function hostEnd(this: typeof res, ...args: never[]) {
            seen.push(req.session.basket);
            return (end as (...args: never[]) => typeof res).apply(this, args);
          } as typeof res.end;
          next();
        },
      ],
    });
    await kit.visit(undefined, async (_req, res) => void res.status(200).end('text'));
    expect(seen).toEqual([['plum']]);
  });
});
