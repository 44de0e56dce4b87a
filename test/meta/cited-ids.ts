// The requirements that tests cite by id, such as SEC-B6.9 or PRX-28.

import { listFiles, readText } from './files.ts';

export const ID = /\b(?:SEC|PRX)-[A-Z]*\d+(?:\.\d+)?[a-z]?\b/g;

/** These name ids in order to look for them. */
const LISTS = new Set(['test/meta/ids.test.ts', 'test/meta/checklist.test.ts']);

const citedIds: ReadonlySet<string> = new Set(
  listFiles()
    .filter((path) => /^test\/.*\.test\.ts$/.test(path) && !LISTS.has(path))
    .flatMap((path) => readText(path).match(ID) ?? []),
);

/** A class such as SEC-B6 counts as cited where one of its rows is. */
export function isCited(id: string): boolean {
  return citedIds.has(id) || [...citedIds].some((other) => other.startsWith(`${id}.`));
}
