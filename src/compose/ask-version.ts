// Asks an upstream for its version, where its preset says that it is told to anybody.

import type { UpstreamConfig } from '../config/config.ts';
import type { PresetVersions, ToldVersion } from '../policy/preset.ts';
import { askText, type TextAnswer } from '../proxy/engines/ask-text.ts';

/** Grafana's answer has less than 200 bytes. */
const MAX_BYTES = 16 * 1024;

export type VersionAnswer =
  | { readonly kind: 'told'; readonly told: ToldVersion }
  /** It answers, and does not say. */
  | { readonly kind: 'not-told'; readonly reason: string }
  /** It does not answer, or only that it is not well. */
  | { readonly kind: 'no-answer'; readonly reason: string };

/** @param done Called once. @returns what ends it early, without a call of `done`. */
export function askVersion(upstream: UpstreamConfig, versions: PresetVersions, done: (answer: VersionAnswer) => void): () => void {
  const { basePath, mount, stripMount } = upstream;
  const path = `${basePath}${stripMount || mount === '/' ? '' : mount}${versions.path}`;
  let stop: () => void;
  const ask = (asked: string, mayFollow: boolean): void => {
    stop = askText(upstream, { path: asked, userAgent: 'framegate-version', maxBytes: MAX_BYTES }, (outcome) => {
      if ('fault' in outcome) return done({ kind: 'no-answer', reason: outcome.fault });
      const next = mayFollow ? findRedirect(outcome, versions.path) : undefined;
      if (next !== undefined && next !== asked) return ask(next, false);
      done(judgeAnswer(outcome, versions));
    });
  };
  ask(path, true);
  return () => stop();
}

/**
 * Grafana that serves under a path sends everything else there, by the address that browsers know; the mount of a host
 * application is not known here. Only the path counts: nobody else is asked.
 */
function findRedirect({ status, location }: TextAnswer, path: string): string | undefined {
  if (status < 300 || status > 399 || location === undefined) return undefined;
  const target = location.replace(/^https?:\/\/[^/?#]*/i, '');
  return /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/.test(target) && target.endsWith(path) ? target : undefined;
}

function judgeAnswer({ status, text }: TextAnswer, versions: PresetVersions): VersionAnswer {
  // An unwell Grafana says its version with 503.
  const told = (status === 200 || status === 503) && text !== undefined ? versions.read(text) : undefined;
  if (told !== undefined) return { kind: 'told', told };
  if (status >= 500) return { kind: 'no-answer', reason: `status-${status}` };
  if (status !== 200) return { kind: 'not-told', reason: `status-${status}` };
  return { kind: 'not-told', reason: text === undefined ? 'answer-too-long' : 'no-version' };
}
