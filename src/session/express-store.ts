// What express-session sees of the holder, on own routes.

import session from 'express-session';
import type { SessionHolder } from './session-holder.ts';
import { hashSessionId } from './session-id.ts';
import type { StoredSession } from './stored-session.ts';

declare module 'express-session' {
  interface SessionData {
    framegate?: StoredSession;
  }
  interface Store {
    /** Set by express-session's middleware: gives the request a new id and an empty session. */
    generate(req: object): void;
  }
}

type Callback = (error?: unknown) => void;

export class ExpressStore extends session.Store {
  readonly #holder: SessionHolder;
  readonly #cookie: session.CookieOptions;
  readonly #written = new WeakMap<object, StoredSession>();

  /** @param cookie Attributes of every session's cookie; they are the configuration's, whatever they were at sign-in. */
  constructor(holder: SessionHolder, cookie: session.CookieOptions) {
    super();
    this.#holder = holder;
    this.#cookie = cookie;
  }

  override get(id: string, callback: (error: unknown, session?: session.SessionData | null) => void): void {
    settle(this.#holder.fetch(hashSessionId(id)), (error, stored) => {
      if (stored === undefined) callback(error ?? null, null);
      else callback(null, { cookie: { ...this.#cookie, originalMaxAge: null }, framegate: stored } as session.SessionData);
    });
  }

  override set(id: string, data: session.SessionData, callback?: Callback): void {
    const { framegate: stored } = data;
    // At the end of a request express-session saves once more what a sign-in has saved already. What was ended in
    // between must not come back by that.
    if (stored === undefined || this.#written.get(data) === stored) {
      callback?.();
      return;
    }
    this.#written.set(data, stored);
    settle(this.#holder.put(hashSessionId(id), stored), (error) => callback?.(error));
  }

  override destroy(id: string, callback?: Callback): void {
    settle(this.#holder.take(hashSessionId(id)), (error) => callback?.(error));
  }

  /** A request is no activity by itself; see `Sessions.read`. */
  override touch(_id: string, _data: session.SessionData, callback?: () => void): void {
    callback?.();
  }
}

/** Calls back outside the promise, so that what the callback throws is not taken for a failure of the store. */
function settle<T>(promise: Promise<T>, callback: (error: unknown, value?: T) => void): void {
  promise.then(
    (value) => setImmediate(callback, undefined, value),
    (error: unknown) => setImmediate(callback, error),
  );
}
