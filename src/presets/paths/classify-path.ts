// What a request does, by path rules. A path is compared byte by byte; one that another spelling of it (case, escapes, a
// slash at the end) would bring under a rule for something else is refused, so that no rule, for or against, can be gone
// round.

import type { Capability } from '../../policy/capability.ts';
import type { PathRule } from '../../policy/path-rule.ts';
import type { Classification, Refusal, RequestToClassify } from '../../policy/request.ts';
import { foldCase, foldPath, trimSlash } from './fold-path.ts';
import { compilePattern, type PathPattern, splitSegments } from './path-pattern.ts';

interface CompiledRule {
  readonly exact: PathPattern;
  /** Holds for every reading of what `exact` holds for. */
  readonly folded: PathPattern;
  readonly methods: ReadonlySet<string> | undefined;
  readonly classification: Classification;
}

type ClassifyPath = (request: Pick<RequestToClassify, 'method' | 'path'>) => Classification | Refusal;

const UNKNOWN: Classification = { capability: 'unknown', resources: {} };
const SPELLING: Refusal = { refused: 'path-spelling' };

export function createPathClassify(paths: readonly PathRule[]): ClassifyPath {
  const rules = paths.map(compileRule);
  return ({ method, path }) => {
    const reading = foldPath(path);
    if (reading === undefined) return SPELLING;
    const segments = splitSegments(path);
    const bare = splitSegments(trimSlash(reading));
    const slashed = [...bare, ''];
    let alias: Capability | undefined;
    for (const { exact, folded, methods, classification } of rules) {
      if (methods?.has(method) === false) continue;
      const { capability } = classification;
      if (exact.matches(segments)) return alias === undefined || alias === capability ? classification : SPELLING;
      if (!folded.matches(bare) && !folded.matches(slashed)) continue;
      if (alias !== undefined && alias !== capability) return SPELLING;
      alias = capability;
    }
    return alias === undefined ? UNKNOWN : SPELLING;
  };
}

function compileRule({ path, methods, capability }: PathRule): CompiledRule {
  return {
    exact: compilePattern(path),
    folded: compilePattern(foldCase(decodeURIComponent(path))),
    methods: methods && new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
    classification: { capability, resources: {} },
  };
}
