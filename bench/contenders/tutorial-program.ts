// The program of the tutorials: Express, http-proxy 1.18.1 and CORS for everybody. No agent, so a new upstream
// connection for each request, whose `Connection: close` reaches the client too; no sign-in at all. Arguments: PORT UPSTREAM_PORT.

import express from 'express';
import httpProxy from 'http-proxy';

const [port, upstreamPort] = process.argv.slice(2);
const app = express();
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${upstreamPort}`, ws: true });

proxy.on('error', (_error, _req, res) => {
  if ('writeHead' in res && !res.headersSent) res.writeHead(502);
  res.end();
});
app.use((_req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', '*');
  next();
});
app.use((req, res) => proxy.web(req, res));
app.listen(Number(port), '127.0.0.1');
