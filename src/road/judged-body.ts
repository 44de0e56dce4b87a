// What a request names in its body becomes part of what is decided about.

import { addResources } from '../policy/asker.ts';
import { isRefusal } from '../policy/request.ts';
import { readJudgedBody } from '../proxy/judged-body.ts';
import type { Scope } from './scope.ts';
import { refuseRequest } from './steps.ts';

/** Between capability and decide, for the few routes whose body is judged. @throws {FramegateError} */
export async function judgeBody(scope: Scope): Promise<void> {
  const { classification, req } = scope;
  if (classification?.readBody === undefined) return;
  const body = await readJudgedBody(req);
  const named = classification.readBody(body);
  if (isRefusal(named)) throw refuseRequest(named);
  scope.body = body;
  scope.classification = { ...classification, ...addResources(classification, named) };
}
