// The two documents: the application's page, which draws every dashboard, and the log-in page of its own.

import type { Assets } from './assets.ts';
import { DASHBOARDS } from './dashboards.ts';
import { PLANT_SOURCES } from './query.ts';
import type { Viewer } from './viewer.ts';

/** `/api/frontend/settings`; the page carries the same inline. */
export function buildSettings(basePath: string): object {
  return {
    defaultDatasource: PLANT_SOURCES[0]?.name,
    datasources: Object.fromEntries(
      PLANT_SOURCES.map(({ uid, type, name }, index) => [
        name,
        { id: index + 1, uid, type, name, isDefault: index === 0, preload: false, jsonData: {}, readOnly: true },
      ]),
    ),
    buildInfo: {
      version: '12.2.0',
      versionString: 'framegate demo dashboard (stands in for Grafana 12.2.0)',
      edition: 'Stand-in',
      env: 'production',
    },
    liveEnabled: true,
    liveMessageSizeLimit: 8 * 1024 * 1024,
    anonymousEnabled: false,
    appSubUrl: basePath,
    namespace: 'default',
    authProxyEnabled: true,
    disableLoginForm: false,
    viewersCanEdit: false,
    exploreEnabled: false,
    publicDashboardsEnabled: false,
  };
}

/** The page of every address but the log-in page; what it shows is decided in the browser. */
export function buildAppPage(assets: Assets, viewer: Viewer, path: string): string {
  const uid = /^\/d\/([^/]+)/.exec(path)?.[1];
  const title = DASHBOARDS.find((dashboard) => dashboard.uid === uid)?.title ?? 'Dashboards';
  const user = { isSignedIn: true, login: viewer.login, name: viewer.name, email: viewer.email, orgId: 1, orgRole: viewer.role };
  // Written as Grafana's pages have it, where the gate finds what not everybody may see.
  const bootData = { user, settings: buildSettings(assets.basePath), navTree: [] };
  const members = Object.entries(bootData).map(([name, value]) => `${name}: ${inlineJson(value)}`);
  const sheets = ['uplot.css', 'dark.css', 'app.css', 'panels.css'].map((name) => `<link rel="stylesheet" href="${assets.address(name)}">`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Dashboards</title>
<base href="${assets.basePath}/">
<link rel="icon" type="image/svg+xml" href="${assets.basePath}/public/img/icon.svg">
${sheets.join('\n')}
<script nonce="">window.grafanaBootData = { ${members.join(', ')} };</script>
<script type="importmap" nonce="">${inlineJson({ imports: assets.importMap })}</script>
<script type="module" nonce="" src="${assets.address('app.js')}"></script>
</head>
<body>
<div id="app"><div class="preloader" data-testid="preloader"><div class="preloader__ring"></div>Loading</div></div>
</body>
</html>
`;
}

/** The server's own log-in page. Behind the gate nobody must ever see it: a test looks for its marker. */
export function buildLoginPage(assets: Assets): string {
  const sheets = ['dark.css', 'app.css'].map((name) => `<link rel="stylesheet" href="${assets.address(name)}">`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dashboard server - Log in</title>
<link rel="icon" type="image/svg+xml" href="${assets.basePath}/public/img/icon.svg">
${sheets.join('\n')}
</head>
<body class="login">
<main class="login__card" data-testid="upstream-login-page">
<img src="${assets.basePath}/public/img/icon.svg" alt="" width="56" height="56">
<h1>Dashboard server</h1>
<p>This is the dashboard server's own log-in page. Nobody has an account here: people come in through framegate.</p>
<form method="post" action="${assets.basePath}/login">
<label>User name<input name="user" autocomplete="username"></label>
<label>Password<input name="password" type="password" autocomplete="current-password"></label>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
`;
}

/** JSON that cannot end the script element it stands in. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
