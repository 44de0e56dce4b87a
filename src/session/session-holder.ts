// Where sessions are: in this process alone, or in a store that several instances share.

import type { ActiveSession, RevocationLimits, RevocationTarget, SessionEndReason } from './session.ts';
import type { StoredSession } from './stored-session.ts';

/** Ids are SHA-256 here (`hashSessionId`), so that whoever reads the store cannot present one (SEC-D1.5). */
export interface SessionHolder {
  /**
   * A living session, without any write; a promise only where the store has to be asked.
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE where it cannot be known.
   */
  find(hashedId: string): StoredSession | undefined | Promise<StoredSession | undefined>;
  /** The same as the store has it now: for own routes, which decide on it. */
  fetch(hashedId: string): Promise<StoredSession | undefined>;
  /** @throws {FramegateError} FRAMEGATE_BUSY when there are `maxSessions`. */
  put(hashedId: string, stored: StoredSession): Promise<void>;
  /** Removes a session, also one whose time is over but of which nobody was told yet. @returns it, to the one caller that removed it. */
  take(hashedId: string): Promise<StoredSession | undefined>;
  /** The same, and tells the other instances. While the store is away it ends here, and elsewhere once the store is back. */
  end(hashedId: string, reason: SessionEndReason): Promise<StoredSession | undefined>;
  /** Tells the other instances that a session ended, or goes on under another id: theirs is no longer true. */
  tellEnded(hashedId: string, reason: SessionEndReason): Promise<void>;
  tellRenewed(hashedId: string, newHashedId: string): Promise<void>;
  /** Writes down that a person did something. What has ended is not revived. */
  touch(hashedId: string, stored: StoredSession): void;
  /** `which` names somebody. @returns how many ended, of those that are known here. */
  revoke(which: RevocationTarget, limits: RevocationLimits): Promise<number>;
  /** Whether a revocation that has been told on any instance reaches a session that is about to start; a promise as with `find`. */
  isRevoked(session: ActiveSession): boolean | Promise<boolean>;
  /** Living sessions of all instances. */
  all(): AsyncIterable<StoredSession>;
  /** When a session that starts now began: never at a moment that a known revocation reaches, whatever the clocks say. */
  startMoment(): number;
  /** Called every second. */
  tick(): void;
  /** Sessions known here. */
  readonly size: number;
  close(): void;
}

/** What a holder tells of: each session that ended is told of once. */
export interface HolderEvents {
  ended(stored: StoredSession, reason: SessionEndReason): void;
  /** Another instance's. The sessions that it ended here have been told of; people without a session may have connections. */
  revoked(which: RevocationTarget): void;
}
