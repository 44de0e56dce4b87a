// The form of Grafana's route tables: who may be told apart by method and path, and where a request names what it is about.

import type { Capability } from '../../policy/capability.ts';
import type { AnswerFilter, ResourceKind } from '../../policy/request.ts';

export interface RouteDetails {
  /** What of the query names resources or refines the capability; see query-resources.ts. */
  readonly query?: 'annotations' | 'alertStates' | 'render' | 'live';
  /** What of the body names resources; see body-resources.ts. */
  readonly body?: 'queries' | 'numberedQueries' | 'namedQueries' | 'alertQueries' | 'annotation';
  readonly filter?: AnswerFilter;
  readonly lists?: readonly ResourceKind[];
  /** First major version that has the route; absent: every one. */
  readonly since?: number;
  /** Last major version that has the route; absent: every one. */
  readonly until?: number;
}

/**
 * Methods (`GET,POST`; `*`: all that Grafana routes; GET implies HEAD), pattern, capability.
 * In a pattern `:name` is one segment, a last `*` the rest. These names say that the segment names a resource:
 * `:dashboard`, `:folder`, `:dataSource`, `:plugin` a uid; with `Id` or `Name` behind, another identifier, which matches no
 * uid of a rule; `:org` and `:namespace` an organisation.
 */
export type Route = readonly [methods: string, pattern: string, capability: Capability, details?: RouteDetails];
