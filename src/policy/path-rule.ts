import type { Capability } from './capability.ts';

/** What a request with this path and method does to an upstream. Of several the first that fits counts. */
export interface PathRule {
  /** Path below the mount; `*`: any text within one segment, once in each; a last `/**`: that path and all below it. */
  readonly path: string;
  /** Default: every method. GET implies HEAD. */
  readonly methods?: readonly string[] | undefined;
  readonly capability: Capability;
}
