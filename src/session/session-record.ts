// The form in which a session lies in a shared store. A record is sealed with a key that only the gate has, together
// with the id that it lies under: whoever can write to the store can end sessions, but can neither make one nor move
// somebody else's rights under an id of their own.

import { z } from 'zod';
import type { Identity, Narrowing } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { createSeal } from '../kernel/seal.ts';
import type { ProviderSession } from './session.ts';
import type { StoredSession } from './stored-session.ts';

/** Rises with every change of the form. What another version wrote is not guessed at. */
const VERSION = 2;

type Shape<T> = Record<keyof T, z.ZodType>;

const text = z.string();
const texts = z.array(text);
const time = z.number();

const identity = {
  issuer: text,
  subject: text,
  login: text.refine((login) => parseLogin(login) === login),
  email: text.optional(),
  emailVerified: z.boolean().optional(),
  displayName: text.optional(),
  groups: texts,
  role: z.enum(['Viewer', 'Editor', 'Admin', 'None']).optional(),
  orgId: z.int().optional(),
} satisfies Shape<Identity>;

const narrowing = {
  upstreams: texts.optional(),
  dashboards: texts.optional(),
  may: texts.optional(),
} satisfies Shape<Narrowing>;

const provider = { id: text, sid: text.optional(), idToken: text.optional() } satisfies Shape<ProviderSession>;

const session = {
  key: text.min(1),
  identity: z.strictObject(identity),
  method: z.enum(['password', 'ticket', 'oidc', 'header', 'api-key', 'host']),
  startedAtMs: time,
  vouchedAtMs: time.optional(),
  passwordMark: text.optional(),
  endsAtMs: time,
  idleTimeoutMs: time.optional(),
  lastActiveAtMs: time,
  narrowing: z.strictObject(narrowing).optional(),
  provider: z.strictObject(provider).optional(),
  address: text.optional(),
  userAgent: text.optional(),
} satisfies Shape<StoredSession>;

// Strict: a field that this version does not know may be a limit that it would not keep.
const form = z.strictObject({ version: z.literal(VERSION), ...session });

export interface SessionRecords {
  write(hashedId: string, stored: StoredSession): string;
  /** undefined: the record is damaged, forged or of another version, and counts as no session. */
  read(hashedId: string, record: string): StoredSession | undefined;
}

/** @param keys The first seals, all are accepted. */
export function createSessionRecords(keys: readonly string[]): SessionRecords {
  const seal = createSeal(keys);

  return {
    write(hashedId, stored) {
      return seal.close(hashedId, JSON.stringify({ version: VERSION, ...stored }));
    },
    read(hashedId, record) {
      const text = seal.open(hashedId, record);
      if (text === undefined) return undefined;
      const parsed = form.safeParse(JSON.parse(text));
      if (!parsed.success) return undefined;
      const { version: _, ...stored } = parsed.data;
      // Absent and undefined are one in JSON; the types tell them apart.
      return { ...stored, idleTimeoutMs: stored.idleTimeoutMs } as StoredSession;
    },
  };
}
