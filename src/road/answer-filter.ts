// How an answer is cut down for the person who asked: by the filter that its classification names, for everybody, as
// nobody is shown credentials.

import { createVisible } from '../policy/visible.ts';
import type { AnswerFilter } from '../proxy/answer-filter.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { GateParts } from './parts.ts';
import type { Scope } from './scope.ts';

/** @returns undefined: the answer passes as it comes. */
export function chooseFilter({ classification, asker }: Scope, { preset }: MountedRoute, { config }: GateParts): AnswerFilter | undefined {
  const name = classification?.filter;
  if (name === undefined) return undefined;
  const filter = preset.filters?.[name];
  if (filter === undefined || asker === undefined) throw new Error(`the preset ${preset.name} has no filter ${name}`);
  const visible = createVisible(asker, config.accessMode);
  return { htmlOnly: name === 'page', apply: (text) => filter(text, visible) };
}
