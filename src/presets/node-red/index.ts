// Node-RED 3 and 4 with one of its dashboards. Facts: its own source and recordings (docs/recipes/node-red.md).

import type { Preset } from '../../policy/preset.ts';
import { type Classification, isRefusal, type Refusal, type RequestToClassify } from '../../policy/request.ts';
import { createPathClassify } from '../paths/classify-path.ts';
import { ASSET_FOLDERS, NODE_RED_ROUTES } from './routes.ts';
import { judgeSocketFrame, readPollingBody } from './socket-packet.ts';

export const nodeRedPreset: Preset = {
  name: 'node-red',
  // Node-RED itself knows nobody by a header; its middleware and flows may read them.
  identityHeaders: {
    user: 'X-WEBAUTH-USER',
    name: 'X-WEBAUTH-NAME',
    email: 'X-WEBAUTH-EMAIL',
    groups: 'X-WEBAUTH-GROUPS',
    role: 'X-WEBAUTH-ROLE',
  },
  strippedHeaders: [],
  strippedHeaderPrefixes: ['x-webauth-'],
  // `adminAuth` takes its token in the query of the editor's socket and of downloads.
  refusedQuery: ['access_token'],
  forwardCookies: 'none',
  droppedCookies: [],
  corsHeaders: [],
  builtInAdmins: [],
  classify,
  freeTailStart: () => undefined,
  knowsAssets: true,
  isAsset: (path) => ASSET_FOLDERS.some((folder) => path.startsWith(`${folder}/`)),
  isUpstreamLogin: () => false,
  judgeFrame: judgeSocketFrame,
};

const classifyPath = createPathClassify(NODE_RED_ROUTES);

/** The socket is one route for looking and acting: a WebSocket is judged message by message, a body as a whole. */
function classify(request: RequestToClassify): Classification | Refusal {
  const verdict = classifyPath(request);
  if (isRefusal(verdict) || verdict.capability !== 'live:stream') return verdict;
  if (request.header('upgrade') !== undefined)
    // By polling it would carry all of it without a message that is judged.
    return isWebSocketTransport(request.query) ? { ...verdict, capability: 'live:connect' } : { refused: 'socket-transport' };
  return request.method === 'POST' ? { ...verdict, readBody: readPollingBody } : verdict;
}

function isWebSocketTransport(query: string): boolean {
  const transports = new URLSearchParams(query).getAll('transport');
  return transports.length === 1 && transports[0] === 'websocket';
}
