// The port that a kind of upstream fills in: what framegate knows about it, mostly data.

import type { JudgeFrame } from './frame.ts';
import type { AnswerFilter, Classification, Refusal, RequestToClassify, Visible } from './request.ts';

/**
 * Cuts an answer down to what the person may see, whatever its status.
 * @param body The whole answer, as text without a content coding.
 * @returns What is shown instead; undefined: the answer has no known form, and nothing of it may be shown (502).
 */
export type FilterAnswer = (body: string, visible: Visible) => string | undefined;

interface PresetIdentityHeaders {
  readonly user?: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups?: string;
  readonly role?: string;
}

export interface Preset {
  readonly name: 'grafana' | 'prometheus' | 'node-red' | 'generic';
  readonly identityHeaders: PresetIdentityHeaders;
  /** Lower-case name of the header that chooses an organisation; one of those that are removed from requests. */
  readonly orgIdHeader?: string;
  /** Lower-case header names removed from every request besides the identity headers (PRX-9, SEC-H12). */
  readonly strippedHeaders: readonly string[];
  /** Lower-case prefixes of header names removed from every request. */
  readonly strippedHeaderPrefixes: readonly string[];
  /** Query parameters that carry a credential of the upstream; a request with one is refused. */
  readonly refusedQuery: readonly string[];
  readonly forwardCookies: 'none' | 'all';
  /** Cookies of the upstream that never reach the browser. */
  readonly droppedCookies: readonly string[];
  /** Request headers, lower case, that a CORS preflight may ask for besides the common ones. */
  readonly corsHeaders: readonly string[];
  /** Logins of built-in administrators, lower case; refused unless a rule names them. */
  readonly builtInAdmins: readonly string[];
  /** What a request does to the upstream, and what it names. What is not known is `unknown`; never throws. */
  classify(request: RequestToClassify): Classification | Refusal;
  /** Where the free tail of the path begins, whose text belongs to somebody else's API; undefined: nowhere. */
  freeTailStart(path: string): number | undefined;
  /** Whether `isAsset` knows the upstream's static files; then nothing else is ever cached. */
  readonly knowsAssets: boolean;
  /** True for static files that hold nobody's data: cacheable by the browser as the upstream says (SEC-B17). */
  isAsset(path: string): boolean;
  /** True when an answer shows that the upstream did not accept our identity (its own log-in page, a 401 of its own). */
  isUpstreamLogin(status: number, location: string | undefined): boolean;
  /** Judges what browsers send over a WebSocket, command by command; absent: nothing there needs it. */
  readonly judgeFrame?: JudgeFrame;
  /** The filters that classifications name. `page` is about HTML and leaves everything else as it is. */
  readonly filters?: { readonly [filter: AnswerFilter]: FilterAnswer };
  /** Set where classification depends on the upstream's version; the preset itself is then the strictest one. */
  readonly versions?: PresetVersions;
}

export interface PresetVersions {
  /** Where the upstream says its version to anybody. */
  readonly path: string;
  /** What may keep it from saying so, for its operators. */
  readonly hiddenBy: string;
  /** The major versions that are known, ascending. */
  readonly majors: readonly number[];
  /** What the answer says; undefined: nothing of a version. */
  read(answer: string): ToldVersion | undefined;
  /** The preset for one of `majors`. `classify`, `judgeFrame` and `filters` may be its own, all else is that of every version. */
  presetOf(major: number): Preset;
}

export interface ToldVersion {
  /** As the upstream writes it, such as `12.2.0`; plain, and short enough for a log. */
  readonly text: string;
  readonly major: number;
}
