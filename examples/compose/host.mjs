// A host application in one file: two people, a session, a page with the dashboard, and a ticket for whoever is signed
// in. Yours has all but the last already; it needs `npm i framegate` for createTicket.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express from 'express';
import session from 'express-session';
import { createTicket } from 'framegate';
import helmet from 'helmet';

const {
  HOST_URL = 'http://localhost:8001',
  GATE_URL = 'http://localhost:8000',
  PORT = '8001',
  TICKET_KEY_FILE = '/run/keys/host/ticket-key.json',
} = process.env;
const DASHBOARD = '/d/plant-a/plant-a-cooling-water?kiosk';
const key = JSON.parse(readFileSync(TICKET_KEY_FILE, 'utf8'));

/** They protect nothing: this page is for trying things on one machine. */
const PEOPLE = new Map([
  ['ann', { password: 'green-valve', name: 'Ann Lund', email: 'ann@acme.example', groups: ['operators'] }],
  ['joerg', { password: 'blue-pipe', name: 'J\u00f6rg M\u00f8ller', email: 'joerg@acme.example', groups: ['operators', 'Schicht 1'] }],
  ['vera', { password: 'open-door', name: 'Vera Visitor', email: 'vera@visitors.example', groups: ['visitors'] }],
]);

const app = express();
app.disable('x-powered-by');
app.use(
  helmet({
    contentSecurityPolicy: {
      // embed.js comes from the gate, frames the gate, and posts the ticket into that frame.
      directives: {
        scriptSrc: ["'self'", GATE_URL],
        frameSrc: [GATE_URL],
        formAction: ["'self'", GATE_URL],
        upgradeInsecureRequests: HOST_URL.startsWith('https:') ? [] : null,
      },
    },
  }),
);
app.use(
  session({
    name: 'acme.sid',
    secret: randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax' },
  }),
);
app.use(express.urlencoded({ extended: false, limit: '4kb' }));

// No other page may sign somebody in or out, or spend the viewer's session on a ticket.
app.use((req, res, next) => {
  const site = req.get('sec-fetch-site');
  const isOwn = site === undefined ? req.get('origin') === HOST_URL : site === 'same-origin';
  if (req.method === 'GET' || req.method === 'HEAD' || isOwn) next();
  else res.status(403).send('Send this from a page of this application.');
});

app.get('/', (req, res) => {
  const person = PEOPLE.get(req.session.person);
  res.set('Cache-Control', 'no-store').send(person === undefined ? signInPage() : homePage(person));
});

app.post('/sign-in', (req, res, next) => {
  const { name = '', password = '' } = req.body ?? {};
  if (PEOPLE.get(name)?.password !== password) return res.status(401).send(signInPage('The name or the password is wrong.'));
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.person = name;
    res.redirect(303, '/');
  });
});

app.post('/sign-out', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect(303, '/')));
});

// embed.js asks here whenever it needs a ticket: for the viewer of this session, and nobody else.
app.post('/framegate-ticket', async (req, res) => {
  const person = PEOPLE.get(req.session.person);
  if (person === undefined) return res.status(401).json({ error: 'sign in first' });
  const { name, email, groups } = person;
  const ticket = await createTicket({
    issuer: HOST_URL,
    audience: GATE_URL,
    key,
    subject: req.session.person,
    name,
    email,
    groups,
    sessionEndsAtMs: Date.now() + 15 * 60_000,
  });
  res.set('Cache-Control', 'no-store').json({ ticket });
});

app.get('/healthz', (_req, res) => res.send('ok'));

app.listen(Number(PORT), () =>
  console.log(`Open ${HOST_URL} and sign in as ${[...PEOPLE].map(([name, { password }]) => `${name} / ${password}`).join(', or ')}`),
);

function signInPage(alert = '') {
  return page(`<form method="post" action="/sign-in" class="card"><h1>Acme</h1><p role="alert">${alert}</p>
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>`);
}

function homePage({ name }) {
  return page(`<header><b>Acme</b> <span>${name}</span><form method="post" action="/sign-out"><button>Sign out</button></form></header>
<div id="dashboard" data-framegate data-url="${DASHBOARD}" data-ticket-url="/framegate-ticket"></div>
<script src="${GATE_URL}/_gate/embed.js"></script>`);
}

function page(body) {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Acme</title><style>
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: #eef2f5; color: #1c2733 }
header { display: flex; gap: 1rem; align-items: center; padding: .75rem 1.25rem; background: #fff; border-bottom: 1px solid #d5dde3 }
header form { margin-left: auto }
#dashboard { height: calc(100vh - 7rem); margin: 1.25rem }
.card { display: grid; gap: .75rem; width: 18rem; margin: 15vh auto; padding: 1.25rem; background: #fff; border-radius: .5rem }
label { display: grid }
</style></head>
<body>
${body}
</body>
</html>
`;
}
