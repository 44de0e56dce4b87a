// Messages on the upstream's socket, judged one by one by the same rules as requests: each command is allowed, or refused by
// an answer of ours, and the rest of the socket goes on.

import type { Asker } from '../policy/asker.ts';
import { decide } from '../policy/decide.ts';
import type { FrameCommand } from '../policy/frame.ts';
import { isRefusal } from '../policy/request.ts';
import type { JudgedMessage, JudgeMessage } from '../proxy/live-frames.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import { CLOSE_CODE, FrameFault } from '../proxy/websocket-frames.ts';
import { noteDenial } from './note-denial.ts';
import type { GateParts } from './parts.ts';
import type { Scope, ToldScope } from './scope.ts';

/** A message holds fewer; more would keep everybody else waiting. */
const MAX_COMMANDS = 1000;
/** Kinds of refusals that are logged for one socket, each once. */
const MAX_NOTED = 50;

/** Whether the rules can tell one message of the socket from another; where somebody may do everything they cannot. */
export function needsJudgedMessages({ kind, classification, asker }: Scope, { preset }: MountedRoute): boolean {
  if (kind !== 'upgrade' || preset.judgeFrame === undefined || classification?.capability !== 'live:connect') return false;
  return asker === undefined || !mayEverything(asker);
}

/** Now and later: nothing is denied to anybody, and a rule without limits, conditions or organisation grants everything. */
function mayEverything(asker: Asker): boolean {
  const { rules, narrowing } = asker;
  if (narrowing !== undefined || rules.some(({ effect }) => effect === 'deny')) return false;
  const decision = decide(asker, { capability: 'unknown', resources: {} });
  if (decision.kind === 'deny') return false;
  return rules.every(({ name, when, orgId }) => name !== decision.rule || (when === undefined && orgId === undefined));
}

export function createMessageJudge(scope: ToldScope, { route, preset }: MountedRoute, parts: GateParts): JudgeMessage {
  const { asker } = scope;
  const { judgeFrame } = preset;
  if (asker === undefined || judgeFrame === undefined) throw new Error('messages are to be judged, and there is nothing to judge them by');
  const meter = parts.meters.of(route.upstream.name);
  const noted = new Set<string>();

  /** @returns whether it was noted: once for each kind. */
  function note(event: 'socket.command-refused' | 'access.would-deny', reason: string, capability: string | undefined): boolean {
    const kind = `${event} ${reason} ${capability}`;
    if (noted.has(kind) || noted.size >= MAX_NOTED) return false;
    noted.add(kind);
    parts.log.warn(event, {
      reason,
      capability,
      requestId: scope.requestId,
      path: scope.target.split('?', 1)[0],
      login: scope.session?.identity.login,
      issuer: scope.session?.identity.issuer,
      upstream: route.upstream.name,
      address: scope.clientAddress,
    });
    return true;
  }

  function mayPass({ verdict }: FrameCommand, current: Asker): boolean {
    if (verdict === 'free') return true;
    if (isRefusal(verdict)) {
      note('socket.command-refused', verdict.refused, undefined);
      return false;
    }
    const decision = decide(current, verdict);
    if (decision.kind === 'allow') return true;
    const observed = parts.config.accessMode === 'observe' && decision.final !== true;
    if (note(observed ? 'access.would-deny' : 'socket.command-refused', decision.reasons.join(' '), verdict.capability))
      noteDenial(scope, { asker: current, asked: verdict, reasons: decision.reasons, rule: decision.rule, observed }, parts, true);
    if (observed) meter.observedDenials += 1;
    return observed;
  }

  return function judgeMessage(text): JudgedMessage {
    if (countLines(text) > MAX_COMMANDS) throw new FrameFault(CLOSE_CODE.policy, 'frame-commands');
    const current = { ...asker, nowMs: parts.clock.now() };
    const commands = judgeFrame(text);
    const refused = new Set(commands.filter((command) => !mayPass(command, current)));
    if (refused.size === 0) return { passing: 'all', replies: [] };
    meter.refusedMessages += refused.size;
    return {
      passing: commands.filter((command) => !refused.has(command)).map((command) => command.text),
      replies: [...refused].flatMap(({ refusal }) => refusal ?? []),
    };
  };
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
