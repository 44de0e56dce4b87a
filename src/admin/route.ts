// What a route of the admin API is. Every one answers JSON.

import type { LogFields } from '../kernel/log.ts';

export interface AdminQuestion {
  readonly query: URLSearchParams;
  /** Of a POST; an empty object else. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Who asks, for the log. */
  readonly from: LogFields;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST';
  /** Below `/admin/api`, compared whole. */
  readonly path: string;
  /** @throws {FramegateError} for what is answered with its status. */
  answer(question: AdminQuestion): unknown;
}
