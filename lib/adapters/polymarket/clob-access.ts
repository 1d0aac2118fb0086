import { type JsonReply, type JsonRequest, joinUrl, requestJson } from '#lib/adapters/http/request-json.ts';
import { type HttpOutcome, sendRequest } from '#lib/adapters/http/send-request.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { CredentialSource } from './account/derive-api-credentials.ts';
import type { ApiCredentials } from './api-credentials.ts';
import { type CredentialRenewal, createCredentialRenewal } from './credential-renewal.ts';
import { raceDeadline } from './race-deadline.ts';
import { redactSecrets } from './redact-secrets.ts';
import { signRequest } from './request-headers.ts';
import { createVenueClock } from './venue-clock.ts';

export type ClobAccessDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly loadCredentials: () => Promise<ApiCredentials>;
  /** Called after a 401: the next request loads credentials that may have been renewed. */
  readonly forgetCredentials?: () => void;
  /** False: credentials that the venue refuses stay refused, so that a check can tell. Default true. */
  readonly mayRenew?: boolean;
  /** Called when renewed credentials were accepted; `isStored` if the vault has the same. */
  readonly onRenewed?: ((renewal: { readonly isStored: boolean }) => void) | undefined;
};

export type ClobRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without the query, because the signature covers the path alone (venue §2.3). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Signed and sent exactly as it is. */
  readonly body?: string;
  readonly deadlineAtMs: number;
};

/** A request that places something. Its body names the credentials. */
export type ClobPost = Omit<ClobRequest, 'body'> & {
  bodyOf(session: ClobSession): string;
  /** The venue refused the credentials, and has certainly not looked at the request. */
  isUnauthorised(outcome: HttpOutcome): boolean;
};

export type SentRequest = {
  readonly outcome: HttpOutcome;
  /** Removes the request's secrets from a text. */
  readonly redact: (text: string) => string;
};

export type ClobSession = { readonly account: SigningAccount; readonly credentials: ApiCredentials };

export type ClobAccess = {
  /**
   * Loads key and credentials; nothing is sent. @throws ConfigError, UpstreamUnavailableError (also after the deadline)
   */
  open(deadlineAtMs: number): Promise<ClobSession>;
  /** Sends, and again after refused credentials: see `withSession`. An outcome of any other kind is the end. */
  send(session: ClobSession, request: ClobPost): Promise<SentRequest>;
  /**
   * For requests that are safe to repeat; repeats after refused credentials as well.
   * @throws UpstreamUnavailableError, UnexpectedReplyError, ConfigError
   */
  ask(request: ClobRequest & Pick<JsonRequest, 'what' | 'mayBeEmpty' | 'mayBeAbsent'>): Promise<JsonReply>;
  warmUp(): Promise<void>;
};

export function createClobAccess(deps: ClobAccessDeps): ClobAccess {
  const venueClock = createVenueClock(deps);
  const renewal = createCredentialRenewal(deps);
  /** In memory only. The vault belongs to the operator, and the functions may not write to it. */
  let renewed: ApiCredentials | undefined;
  const forget = (): void => {
    venueClock.forget();
    deps.forgetCredentials?.();
    renewed = undefined;
  };

  async function open(deadlineAtMs: number): Promise<ClobSession> {
    const loading = Promise.all([deps.loadAccount(), renewed ?? deps.loadCredentials()]);
    const loaded = await raceDeadline(deps.clock, loading, deadlineAtMs);
    if (loaded.isLate) throw new UpstreamUnavailableError('Key and credentials were not loaded in time');
    const [account, credentials] = loaded.value;
    return { account, credentials };
  }

  async function sign({ account, credentials }: ClobSession, { method, path, query, body, deadlineAtMs }: ClobRequest) {
    const atSeconds = await venueClock.nowSeconds();
    const headers = signRequest(account.address, credentials, { method, path, body }, atSeconds);
    const secrets = [...Object.values(credentials), headers.POLY_SIGNATURE];
    const http = {
      method,
      url: joinUrl(deps.clobHost, path, query),
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
      deadlineAtMs,
    };
    return { http, redact: (text: string) => redactSecrets(text, secrets) };
  }

  async function askOnce(session: ClobSession, request: Parameters<ClobAccess['ask']>[0]): Promise<JsonReply> {
    const { what, mayBeEmpty = false, mayBeAbsent = false } = request;
    const { http, redact } = await sign(session, request);
    return requestJson(deps, { ...http, what, mayBeEmpty, mayBeAbsent, redact });
  }

  const refreshing: Refreshing = {
    reopen: (deadlineAtMs) => {
      forget();
      return open(deadlineAtMs).catch(() => undefined);
    },
    sources: deps.mayRenew === false ? [] : ['derived', 'created'],
    ask: renewal.ask,
    keep: (credentials, isStored) => {
      renewed = credentials;
      deps.onRenewed?.({ isStored });
    },
  };

  return {
    open,
    send(session, { bodyOf, isUnauthorised, ...request }) {
      return withSession<SentRequest>(refreshing, session, request.deadlineAtMs, {
        attempt: async (current) => {
          const { http, redact } = await sign(current, { ...request, body: bodyOf(current) });
          return { outcome: await sendRequest(deps, http), redact };
        },
        isUnauthorised: ({ outcome }) => isUnauthorised(outcome),
      });
    },
    async ask(request) {
      return withSession<JsonReply>(refreshing, await open(request.deadlineAtMs), request.deadlineAtMs, {
        attempt: (session) => askOnce(session, request),
        isUnauthorised: ({ status }) => status === 401,
      });
    },
    async warmUp() {
      await venueClock.nowSeconds();
    },
  };
}

type Refreshing = {
  /** Reads clock and vault again; undefined when the vault does not answer. */
  reopen(deadlineAtMs: number): Promise<ClobSession | undefined>;
  readonly sources: readonly CredentialSource[];
  readonly ask: CredentialRenewal['ask'];
  keep(credentials: ApiCredentials, isStored: boolean): void;
};

type Attempts<Answer> = {
  attempt(session: ClobSession): Promise<Answer>;
  isUnauthorised(answer: Answer): boolean;
};

/**
 * After refused credentials, in this order and each once: clock and vault are read again; the credentials are derived;
 * they are created. A session may lapse although its credentials stay the same (py-clob-client-v2#40).
 */
async function withSession<Answer>(
  { reopen, sources, ask, keep }: Refreshing,
  first: ClobSession,
  deadlineAtMs: number,
  { attempt, isUnauthorised }: Attempts<Answer>,
): Promise<Answer> {
  let answer = await attempt(first);
  if (!isUnauthorised(answer)) return answer;
  const stored = await reopen(deadlineAtMs);
  if (stored === undefined) return answer;
  answer = await attempt(stored);
  for (const source of sources) {
    if (!isUnauthorised(answer)) return answer;
    const credentials = await ask(source, stored.account, deadlineAtMs);
    if (credentials === undefined) continue;
    answer = await attempt({ account: stored.account, credentials });
    if (!isUnauthorised(answer)) keep(credentials, isSame(credentials, stored.credentials));
  }
  return answer;
}

function isSame(a: ApiCredentials, b: ApiCredentials): boolean {
  return a.key === b.key && a.secret === b.secret && a.passphrase === b.passphrase;
}
