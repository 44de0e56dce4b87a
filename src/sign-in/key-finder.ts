import type { VerificationKey } from '../config/ticket-issuer.ts';

/** The keys of one issuer, wherever they come from. */
export interface KeyFinder {
  /** True where keys are told apart by `kid`; else a ticket may have any or none. */
  readonly needsKid: boolean;
  /** The keys that may have made a signature with this key id; empty: none has it. */
  find(kid: string | undefined): Promise<readonly VerificationKey[]>;
}
