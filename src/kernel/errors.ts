// What can go wrong at run time, in one table. A denial by policy is not an error but a Decision.

/** status: HTTP answer; sentence: what a person may read (never the cause); retryable: worth trying again unchanged. */
interface ErrorRow {
  readonly status: number;
  readonly title: string;
  readonly sentence: string;
  readonly retryable: boolean;
}

const row = (status: number, title: string, sentence: string, retryable = false): ErrorRow => ({
  status,
  title,
  sentence,
  retryable,
});

export const ERROR_TABLE = {
  FRAMEGATE_BAD_REQUEST: row(400, 'Bad request', 'The request is malformed or could be read in two ways, so it was refused.'),
  FRAMEGATE_OIDC_REFUSED: row(
    400,
    'Sign-in not completed',
    'The sign-in could not be completed: it took too long, was begun in another window, or was refused. Start it again.',
  ),
  FRAMEGATE_NOT_SIGNED_IN: row(401, 'Not signed in', 'Sign in to see this dashboard.'),
  FRAMEGATE_TICKET_REFUSED: row(
    401,
    'Ticket refused',
    'The ticket of the host application was not accepted. Reload the page to get a new one.',
  ),
  FRAMEGATE_SIGN_IN_REFUSED: row(401, 'Sign-in refused', 'The user name or the password is wrong.'),
  FRAMEGATE_IDENTITY_REFUSED: row(
    401,
    'Account refused',
    'You are signed in elsewhere with an account that cannot be used here. Tell the people who run this dashboard.',
  ),
  FRAMEGATE_KEY_REFUSED: row(401, 'API key refused', 'The API key was not accepted. It may be wrong, switched off or too old.'),
  FRAMEGATE_ADMIN_REFUSED: row(401, 'Token refused', 'The admin API needs the token of this service.'),
  FRAMEGATE_CODE_REFUSED: row(401, 'Code refused', 'The sign-in window was open for too long. Try again.'),
  FRAMEGATE_FORBIDDEN: row(403, 'No access', 'Your account may not open this. Ask the people who run this dashboard for access.'),
  FRAMEGATE_CROSS_ORIGIN: row(403, 'Wrong origin', 'A page of another site may not send this request.'),
  FRAMEGATE_CSRF: row(403, 'Form expired', 'The form is no longer valid. Open the page again and repeat.'),
  FRAMEGATE_NOT_FOUND: row(404, 'Not found', 'There is nothing at this address.'),
  FRAMEGATE_METHOD_NOT_ALLOWED: row(405, 'Method not allowed', 'This address does not answer that method.'),
  FRAMEGATE_BODY_TOO_LARGE: row(413, 'Too large', 'The request is larger than allowed.'),
  FRAMEGATE_TARGET_TOO_LONG: row(414, 'Address too long', 'The address is longer than allowed.'),
  FRAMEGATE_MEDIA_TYPE: row(415, 'Unsupported media type', 'The body is not of a type that this address reads.'),
  FRAMEGATE_EXPECTATION: row(417, 'Expectation failed', 'The Expect header names something that is not supported.'),
  FRAMEGATE_UNKNOWN_HOST: row(421, 'Unknown host', 'This server does not answer for that host name.'),
  FRAMEGATE_TOO_MANY: row(429, 'Too many attempts', 'There were too many attempts. Wait a while and try again.', true),
  FRAMEGATE_HEADERS_TOO_LARGE: row(431, 'Headers too large', 'The request headers are larger than allowed.'),
  FRAMEGATE_INTERNAL: row(500, 'Internal error', 'Something went wrong here. It was recorded.'),
  FRAMEGATE_BODY_CONSUMED: row(500, 'Body already read', 'The application read the request body before the gate could forward it.'),
  FRAMEGATE_UPSTREAM_PROTOCOL: row(
    502,
    'Dashboard answered wrongly',
    'The dashboard server sent an answer that cannot be passed on.',
    true,
  ),
  FRAMEGATE_UPSTREAM_IDENTITY: row(
    502,
    'Dashboard did not accept the sign-in',
    'The dashboard server asked for its own sign-in. Whoever runs it has to let it trust this gate.',
  ),
  FRAMEGATE_UPSTREAM_DOWN: row(
    503,
    'Dashboard not reachable',
    'The dashboard server cannot be reached right now. Try again in a moment.',
    true,
  ),
  FRAMEGATE_BUSY: row(503, 'Busy', 'There is too much to do right now. Try again in a moment.', true),
  FRAMEGATE_KEYS_UNAVAILABLE: row(
    503,
    'Keys not available',
    'The keys of the host application cannot be read right now. Try again in a moment.',
    true,
  ),
  FRAMEGATE_STORE_UNAVAILABLE: row(
    503,
    'Sign-in not available',
    'Nobody can be signed in right now, as the store of the sessions cannot be reached. Try again in a moment.',
    true,
  ),
  FRAMEGATE_PROVIDER_UNAVAILABLE: row(
    503,
    'Identity provider not reachable',
    'The service that signs you in cannot be reached right now. Try again in a moment.',
    true,
  ),
  FRAMEGATE_UPSTREAM_TIMEOUT: row(504, 'Dashboard too slow', 'The dashboard server did not answer in time. Try again in a moment.', true),
  FRAMEGATE_LOOP: row(508, 'Loop', 'The request came back to where it started: the upstream points at framegate itself.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface FramegateErrorOptions {
  /** For the log only; never shown to the client, never holds a secret. */
  readonly message?: string;
  readonly cause?: unknown;
  /** Fixed word that says which check refused; for the log. */
  readonly reason?: string;
  /** Value of `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
  /** Value of `Allow` for FRAMEGATE_METHOD_NOT_ALLOWED. */
  readonly allow?: string;
}

/** A refusal with a stable code. The public answer is made from the table alone. */
export class FramegateError extends Error {
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: string | undefined;

  constructor(code: ErrorCode, options: FramegateErrorOptions = {}) {
    super(options.message ?? options.reason ?? ERROR_TABLE[code].title, { cause: options.cause });
    this.name = 'FramegateError';
    this.code = code;
    this.reason = options.reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }
}

/** A host application's mistake in calling the library; the message says the right line. */
export class MisuseError extends TypeError {
  override name = 'MisuseError';
}
