// What the upstreams serve, under paths of Grafana's API that nobody caches or filters.

const FOLDER = '/api/dashboards/uid';

export interface Size {
  /** As in the tables. */
  readonly name: '1 kB' | '64 kB';
  readonly bytes: number;
  readonly path: string;
}

export const ONE_KB: Size = { name: '1 kB', bytes: 1024, path: `${FOLDER}/bench-1k` };
export const SIXTY_FOUR_KB: Size = { name: '64 kB', bytes: 64 * 1024, path: `${FOLDER}/bench-64k` };
export const SIZES: readonly Size[] = [ONE_KB, SIXTY_FOUR_KB];

/** Answers as many bytes as `?bytes=` says. */
export const BIG_PATH = `${FOLDER}/bench-big`;
/** Reads a body and answers its length. A plugin's own API: nobody parses what it is sent. */
export const UPLOAD_PATH = '/api/datasources/uid/bench/resources/upload';
export const LIVE_PATH = '/api/live/ws';
/** Of the dashboard server: answers how many assets were asked of it. */
export const ASSET_COUNT_PATH = '/bench/assets-asked';
