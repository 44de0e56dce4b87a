// Where own pages meet their headers, their address and the files they use.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config/config.ts';
import type { Asset } from './assets.ts';
import { readAssets } from './assets.ts';
import type { Html } from './html.ts';
import { isMountedInHost } from './landing.ts';
import type { OwnHeaders } from './own-headers.ts';
import { createOwnHeaders } from './own-headers.ts';
import type { PageView } from './pages/layout.ts';
import { sendReply } from './reply.ts';

interface PageReply {
  readonly status: number;
  readonly headerClass: 'top-level' | 'in-frame';
  readonly headers?: Readonly<Record<string, string>>;
  readonly build: (view: PageView) => Html;
}

export interface Pages {
  readonly ownHeaders: OwnHeaders;
  /** By path below the own-routes prefix. */
  readonly assets: ReadonlyMap<string, Asset>;
  send(req: IncomingMessage, res: ServerResponse, reply: PageReply): void;
}

export interface PagesOptions {
  readonly config: Pick<Config, 'publicUrl' | 'embed'>;
  /** Path of the own routes as browsers see it: `/_gate`, or `/mount/_gate` in library mode. */
  readonly gatePrefix: () => string;
  /** Origins that a form of a page may lead to, besides ours. Default: none. */
  readonly formTargets?: () => readonly string[];
}

/** @throws when a file of public/ is missing. */
export function createPages({ config, gatePrefix, formTargets }: PagesOptions): Pages {
  const assets = readAssets();
  const ownHeaders = createOwnHeaders(config, () => isMountedInHost(gatePrefix()), formTargets);

  function buildView(nonce: string): PageView {
    const prefix = gatePrefix();
    return {
      title: config.embed.title,
      prefix,
      nonce,
      asset: (name) => `${prefix}/${name}?v=${assets.get(`/${name}`)?.version ?? ''}`,
    };
  }

  return {
    ownHeaders,
    assets,
    send(req, res, reply) {
      sendReply(ownHeaders, req, res, {
        ...reply,
        type: 'text/html; charset=utf-8',
        build: (nonce) => reply.build(buildView(nonce)),
      });
    },
  };
}
