// The port for upstreams whose WebSocket carries commands that have to be judged one by one.

import type { Classification, Refusal } from './request.ts';

/** `free`: asks for nothing, such as the answer to a ping; passes whatever the rules say. */
export type FrameVerdict = Classification | Refusal | 'free';

/** One command of a message. */
export interface FrameCommand {
  /** Exactly as it came; commands that pass are forwarded as this text, joined by newlines. */
  readonly text: string;
  readonly verdict: FrameVerdict;
  /** What the client is sent in place of an answer where the command does not pass; absent: it expects none. */
  readonly refusal?: string;
}

/** The commands of one text message, in their order. */
export type JudgeFrame = (text: string) => readonly FrameCommand[];
