// Where a host application has put the gate. Upgrades pass no Express router, so the path has to be known before the
// first request, and be the same for all of them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';
import { FramegateError, MisuseError } from '../kernel/errors.ts';

export interface HostMount {
  /** Path of the mount as browsers see it, without a slash at the end; empty for the root. */
  base(): string;
  /** @throws {FramegateError} FRAMEGATE_INTERNAL when the request came in by another path; the message, for the log, says what to write. */
  assertReachedBy(req: IncomingMessage & { readonly baseUrl?: string }): void;
  /** Whether a host application's handlers follow, to which what is not ours is left. */
  isHosted(req: IncomingMessage): boolean;
}

export interface HostMountOptions {
  readonly middleware: Express;
  /** Said by the host application; default: where Express says that `middleware` is mounted. */
  readonly mountPath: string | undefined;
  /** Called once, when the gate is found to be mounted under a path. */
  readonly onShared: (base: string) => void;
}

/** For the operator, when `onShared` is called. */
export const SHARED_ORIGIN_HINT =
  "the dashboards' scripts run with the rights of every page of this origin, the host application's included. Better: a host name of its own for the gate (publicUrl)";

type Handle = (req: IncomingMessage, res: ServerResponse, next: ((error?: unknown) => void) | undefined) => void;

const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)*\/?$/;

/** @throws {MisuseError} for a `mountPath` that is no plain path; so does `app.use` later, for a mount that cannot work. */
export function createHostMount({ middleware, mountPath, onShared }: HostMountOptions): HostMount {
  if (mountPath !== undefined && !isPlainPath(mountPath))
    throw new MisuseError(`mountPath cannot be used: ${JSON.stringify(mountPath)}. Write a path such as '/dash'`);
  let isMounted = false;
  let noted = false;
  let known = '';

  // Asked for several times by every request; Express puts the path together anew each time.
  let trimmed = { path: '', base: '' };
  const base = (): string => {
    const path = mountPath ?? middleware.path();
    if (path !== trimmed.path) trimmed = { path, base: trim(path) };
    return trimmed.base;
  };

  function note(): void {
    if (noted || base() === '') return;
    noted = true;
    onShared(base());
  }

  middleware.on('mount', () => {
    // Express copies whatever `app.use` was given: also a pattern, or a list of paths.
    const path: unknown = middleware.mountpath;
    if (typeof path !== 'string' || !isPlainPath(path))
      throw new MisuseError("the gate can be mounted under one plain path only: app.use('/dash', gate.middleware)");
    if (isMounted && base() !== known)
      throw new MisuseError(`the gate is mounted under ${known || '/'} already. Make a second gate for a second path, with createGate`);
    isMounted = true;
    known = base();
    // Later, as the application around it may still be mounted somewhere itself.
    setImmediate(note);
  });
  if (mountPath !== undefined) note();
  const hosted = wrapHandle(middleware);

  return {
    base,
    assertReachedBy(req) {
      note();
      const actual = req.baseUrl === undefined ? '' : trim(req.baseUrl);
      if (actual.toLowerCase() === base().toLowerCase()) return;
      const message = `mounted under ${actual || '/'}, but told ${base() || '/'}. Write app.use('/dash', gate.middleware), or createGate(config, { mountPath: '${actual || '/'}' }) for a mount in a router`;
      throw new FramegateError('FRAMEGATE_INTERNAL', { reason: 'mount-path', message });
    },
    isHosted: (req) => hosted.has(req),
  };
}

function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path) && !path.split('/').some((segment) => segment === '.' || segment === '..');
}

function trim(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '');
}

/**
 * An Express application makes request and response its own. `app.use` gives them back to the host's; a router does
 * not, and the host's next handler would find itself with our settings.
 * @returns the requests that came from a host application.
 */
function wrapHandle(middleware: Express): WeakSet<IncomingMessage> {
  const app = middleware as unknown as { handle: Handle };
  const { handle } = app;
  const hosted = new WeakSet<IncomingMessage>();
  app.handle = function handleHosted(req, res, next) {
    if (typeof next !== 'function') {
      handle.call(app, req, res, next);
      return;
    }
    hosted.add(req);
    const [request, response] = [Object.getPrototypeOf(req), Object.getPrototypeOf(res)];
    handle.call(app, req, res, (error) => {
      Object.setPrototypeOf(req, request);
      Object.setPrototypeOf(res, response);
      next(error);
    });
  };
  return hosted;
}
