// The Live socket's messages (Centrifuge, JSON): each line of a message is one command, judged by itself. Allowed ones are
// forwarded byte for byte; a refused one is answered here, and the rest of the socket goes on.

import { parseStrictJson } from '../../kernel/strict-json.ts';
import type { FrameCommand, FrameVerdict, JudgeFrame } from '../../policy/frame.ts';
import { isRefusal } from '../../policy/request.ts';
import { foldKey, hasOtherSpelling, isJsonObject, type JsonObject } from './folded-keys.ts';
import { classifyChannel } from './live-channel.ts';
import { lookupOf, readQueryDataSources, type SourceLookup } from './query-data-sources.ts';

/** By method; what is not here is `unknown`. */
const METHODS: { readonly [method: string]: (params: JsonObject, lookup: SourceLookup) => FrameVerdict } = {
  connect: judgeConnect,
  subscribe: (params) => judgeChannel(params, 'live:stream'),
  unsubscribe: () => 'free',
  publish: (params) => judgeChannel(params, 'live:publish'),
  presence: (params) => judgeChannel(params, 'live:stream'),
  presence_stats: (params) => judgeChannel(params, 'live:stream'),
  history: (params) => judgeChannel(params, 'live:stream'),
  sub_refresh: (params) => judgeChannel(params, 'live:stream'),
  rpc: judgeRpc,
  ping: () => 'free',
};

const OTHER_METHODS: readonly string[] = ['send', 'refresh'];
const KEYS: readonly string[] = ['id', ...Object.keys(METHODS), ...OTHER_METHODS];

/** @param major Version of Grafana; undefined: not known. */
export function createJudgeFrame(major: number | undefined): JudgeFrame {
  const lookup = lookupOf(major);
  return (text) => {
    const lines = text.split('\n');
    // As Centrifuge splits: one newline may end the last command.
    if (lines.at(-1) === '' && lines.length > 1) lines.pop();
    return lines.map((line) => judgeCommand(line, lookup));
  };
}

function judgeCommand(text: string, lookup: SourceLookup): FrameCommand {
  const parsed = parseStrictJson(text);
  if (parsed.kind !== 'object')
    return { text, verdict: { refused: parsed.kind === 'duplicate-key' ? 'frame-duplicate-key' : 'frame-not-json' } };
  const { id } = parsed.value;
  if (id !== undefined && !isCommandId(id)) return { text, verdict: { refused: 'frame-id' } };
  const verdict = judgeMethods(parsed.value, lookup);
  return id === undefined || id === 0 ? { text, verdict } : { text, verdict, refusal: refuseCommand(id) };
}

function isCommandId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff;
}

/** Centrifuge's own answer where something is not permitted; its client takes it for the end of that one command. */
function refuseCommand(id: number): string {
  return JSON.stringify({ id, error: { code: 103, message: 'permission denied' } });
}

function judgeMethods(command: JsonObject, lookup: SourceLookup): FrameVerdict {
  // The server would take `Publish` for `publish`.
  if (hasOtherSpelling(command, KEYS)) return { refused: 'frame-key-case' };
  const [method, ...others] = Object.keys(command).filter((key) => key !== 'id');
  // An empty command is the answer to the server's ping.
  if (method === undefined) return 'free';
  if (others.length > 0) return { refused: 'frame-methods' };
  const judge = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (judge === undefined) return { capability: 'unknown', resources: {} };
  const params = command[method];
  return isJsonObject(params) ? judge(params, lookup) : { refused: 'frame-params' };
}

// With `subs` a client asks for channels, with `headers` for another identity.
function judgeConnect(params: JsonObject): FrameVerdict {
  const isPlain = Object.keys(params).every((key) => ['name', 'version', 'token', 'data', 'flag'].includes(foldKey(key)));
  return isPlain ? 'free' : { refused: 'frame-connect' };
}

function judgeChannel(params: JsonObject, capability: 'live:stream' | 'live:publish'): FrameVerdict {
  return hasOtherSpelling(params, ['channel']) ? { refused: 'frame-key-case' } : classifyChannel(params['channel'], capability);
}

/** `grafana.query` is a query request like that over HTTP (grafana.md, fact 5); Grafana knows no other. */
function judgeRpc(params: JsonObject, lookup: SourceLookup): FrameVerdict {
  if (hasOtherSpelling(params, ['method', 'data'])) return { refused: 'frame-key-case' };
  const { method, data } = params;
  if (method !== 'grafana.query') return { capability: 'unknown', resources: {} };
  if (!isJsonObject(data)) return { refused: 'frame-params' };
  const resources = readQueryDataSources(data, { lookup, hasOwnTimes: false });
  return isRefusal(resources) ? resources : { capability: 'datasource:query', resources };
}
