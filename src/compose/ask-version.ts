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
  const question = { path: rootOf(upstream) + versions.path, userAgent: 'framegate-version', maxBytes: MAX_BYTES };
  return askText(upstream, question, (outcome) => {
    done('fault' in outcome ? { kind: 'no-answer', reason: outcome.fault } : judgeAnswer(outcome, versions));
  });
}

/**
 * The path of the upstream that requests are sent below. Grafana answers there wherever it serves, and elsewhere on the same
 * server there may be another Grafana.
 */
export function rootOf({ basePath, mount, stripMount }: Pick<UpstreamConfig, 'basePath' | 'mount' | 'stripMount'>): string {
  return stripMount || mount === '/' ? basePath : basePath + mount;
}

function judgeAnswer({ status, text }: TextAnswer, versions: PresetVersions): VersionAnswer {
  // An unwell Grafana says its version with 503.
  const told = (status === 200 || status === 503) && text !== undefined ? versions.read(text) : undefined;
  if (told !== undefined) return { kind: 'told', told };
  if (status >= 500) return { kind: 'no-answer', reason: `status-${status}` };
  if (status !== 200) return { kind: 'not-told', reason: `status-${status}` };
  return { kind: 'not-told', reason: text === undefined ? 'answer-too-long' : 'no-version' };
}
