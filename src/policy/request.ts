// What a preset finds in a request: the one capability, and what of the upstream it names. Rules are judged on these.

import type { Capability } from './capability.ts';

/** A request before it is forwarded; text exactly as it is forwarded. */
export interface RequestToClassify {
  readonly method: string;
  /** Path below the mount, without the query. */
  readonly path: string;
  /** Without the `?`; empty: none. */
  readonly query: string;
  /** Of a header by its lower-case name; undefined: absent. */
  header(name: string): string | undefined;
}

/**
 * What a request names. A kind that is absent is not named; a rule that is limited to some of that kind then grants
 * nothing where the capability is one of that kind.
 */
export interface Resources {
  /** Dashboard uids. */
  readonly dashboards?: readonly string[];
  readonly folders?: readonly string[];
  /** Data source uids; `#7` for a numeric id, `name:x` for a name: those match no uid of a rule. */
  readonly dataSources?: readonly string[];
  readonly plugins?: readonly string[];
  /** Organisations that the request asks for, by id. */
  readonly orgIds?: readonly number[];
}

/** Why a request is refused whatever the rules say: it could be read in two ways, or goes round the classification. */
export interface Refusal {
  /** Fixed word for the log and `explain`. */
  readonly refused: string;
}

export function isRefusal(verdict: object): verdict is Refusal {
  return 'refused' in verdict;
}

/** What a rule can be limited to some of, and a request names. */
export type ResourceKind = 'dashboards' | 'folders' | 'dataSources' | 'plugins';

/** How an answer is cut down to what the person may see; names a filter of the preset. */
export type AnswerFilter = string;

/** What a person may see in an answer that lists things; asked by a filter, by uid. */
export interface Visible {
  dashboard(uid: string): boolean;
  folder(uid: string): boolean;
  dataSource(uid: string): boolean;
}

export interface Classification {
  readonly capability: Capability;
  readonly resources: Resources;
  /** Names what else the request names once its body has been read; the answer is judged like `resources`. */
  readonly readBody?: (body: Uint8Array) => Resources | Refusal;
  /** Set where the answer holds what not everybody may see: it passes only through this filter. */
  readonly filter?: AnswerFilter;
  /**
   * Kinds that the answer lists and `filter` cuts down: a rule limited to some of such a kind grants the request although it
   * names none. Absent for an answer that is filtered beside (a page with its boot data): what it names decides.
   */
  readonly lists?: readonly ResourceKind[];
}
