/**
 * What a request does to the upstream. `unknown` is what no preset classified; `auth` are the upstream's own
 * log-in and log-out routes, which nobody reaches through framegate.
 */
export type Capability = 'unknown' | 'auth';
