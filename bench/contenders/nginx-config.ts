import { userInfo } from 'node:os';

export interface NginxConfigInput {
  /** Existing folder for everything that nginx writes. */
  readonly folder: string;
  /** Tells the files of several nginx apart. */
  readonly name: string;
  /** Text of the `http` block. */
  readonly http: string;
}

/** An nginx.conf with one worker, in the foreground, keep-alive without end, no access log. */
export function nginxConfig({ folder, name, http }: NginxConfigInput): string {
  // Started by root, workers would become `nobody`, who cannot read a private folder.
  const user = userInfo().uid === 0 ? 'user root root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${name}-${kind};`)
    .join(' ');
  return `${user}
worker_processes 1;
daemon off;
pid ${folder}/${name}.pid;
error_log stderr warn;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    ${temporary}
    ${http}
}
`;
}
