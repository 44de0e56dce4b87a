// What a request does, by the path rules of the configuration. A path is compared byte by byte; one that only another
// spelling of it (case, escapes, a slash at the end) would bring under an earlier rule is nobody's, so that no spelling
// gets round that rule.

import type { PathRule } from '../../policy/path-rule.ts';
import type { Classification, RequestToClassify } from '../../policy/request.ts';
import { foldCase, foldPath, trimSlash } from './fold-path.ts';
import { compilePattern, type PathPattern, splitSegments } from './path-pattern.ts';

interface CompiledRule {
  readonly exact: PathPattern;
  /** Holds for every reading of what `exact` holds for. */
  readonly folded: PathPattern;
  readonly methods: ReadonlySet<string> | undefined;
  readonly classification: Classification;
}

const UNKNOWN: Classification = { capability: 'unknown', resources: {} };

export function createClassify(paths: readonly PathRule[]): (request: RequestToClassify) => Classification {
  const rules = paths.map(compileRule);
  return ({ method, path }) => {
    const reading = foldPath(path);
    if (reading === undefined) return UNKNOWN;
    const segments = splitSegments(path);
    const bare = splitSegments(trimSlash(reading));
    const slashed = [...bare, ''];
    for (const { exact, folded, methods, classification } of rules) {
      if (methods?.has(method) === false) continue;
      if (exact.matches(segments)) return classification;
      if (folded.matches(bare) || folded.matches(slashed)) return UNKNOWN;
    }
    return UNKNOWN;
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
