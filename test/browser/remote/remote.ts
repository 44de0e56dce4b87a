// A browser that is driven from outside, by whichever protocol it speaks: as much of it as the tests need.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';

/** The page, its only frame, or the window that was opened from there. */
export type Place = 'page' | 'frame' | 'popup';

export interface Remote {
  /** Opens the address in the page. */
  open(url: string): Promise<void>;
  /** Value of an expression that runs there; promises are awaited. Fails while the place is not there. */
  evaluate<T>(place: Place, expression: string): Promise<T>;
  /** A click as of a person: it may open a window. */
  click(place: Place, selector: string): Promise<void>;
  /** Keys, one after another, into a field. */
  type(place: Place, selector: string, text: string): Promise<void>;
  hasPopup(): Promise<boolean>;
  close(): Promise<void>;
}

/** Waits until the expression is true there; until then it may fail. Milliseconds. */
export async function waitUntil(remote: Remote, place: Place, expression: string, timeout = 15_000): Promise<void> {
  const ask = (): Promise<unknown> => remote.evaluate<unknown>(place, `Boolean(${expression})`).catch(String);
  await expect.poll(ask, { timeout, interval: 100, message: `${place}: ${expression}` }).toBe(true);
}

/** Path of a program of this name in PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
