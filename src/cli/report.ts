import type { ConfigCheck } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { note } from './command.ts';

/** Lists what `check` found, on standard error. */
export function reportFindings({ problems, warnings }: Pick<ConfigCheck, 'problems' | 'warnings'>): void {
  for (const problem of problems) note(`problem: ${formatProblem(problem)}`);
  for (const warning of warnings) note(`warning: ${formatProblem(warning)}`);
}

/** `1 problem`, `2 problems`. */
export function countOf(list: readonly unknown[], word: string): string {
  return `${list.length} ${word}${list.length === 1 ? '' : 's'}`;
}
