import { createL2Headers } from '@polymarket/clob-client-v2';
import { type JsonReply, type JsonRequest, joinUrl, requestJson } from '#lib/adapters/http/request-json.ts';
import { type HttpOutcome, sendRequest } from '#lib/adapters/http/send-request.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';
import type { ApiCredentials } from './api-credentials.ts';
import { toClobSigner } from './clob-signer.ts';
import { raceDeadline } from './race-deadline.ts';
import { redactSecrets } from './redact-secrets.ts';
import { createVenueClock } from './venue-clock.ts';

export type ClobAccessDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  /** Both load once per process, at first use, and may fail. */
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly loadCredentials: () => Promise<ApiCredentials>;
  /** The venue would not take a request: credentials that were renewed meanwhile are loaded with the next one. */
  readonly forgetCredentials?: () => void;
};

export type ClobRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without a query: that is what gets signed (venue §2.3). */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** The very text that is sent, because it is signed. */
  readonly body?: string;
  readonly deadlineAtMs: number;
};

/** The key's account and the venue's credentials, once loaded. */
export type ClobSession = { readonly account: SigningAccount; readonly credentials: ApiCredentials };

/** Requests in the name of our account. */
export type ClobAccess = {
  /** @throws ConfigError, UpstreamUnavailableError (also when it takes too long): nothing was sent anywhere */
  open(deadlineAtMs: number): Promise<ClobSession>;
  /** Sends once, whatever comes of it. `redact` takes everything secret of this request out of a text. */
  send(
    session: ClobSession,
    request: ClobRequest,
  ): Promise<{ readonly outcome: HttpOutcome; readonly redact: (text: string) => string }>;
  /**
   * A request that may be repeated; repeated once when the venue would not take its time or signature.
   * @throws UpstreamUnavailableError, UnexpectedReplyError, ConfigError
   */
  ask(request: ClobRequest & Pick<JsonRequest, 'what' | 'mayBeEmpty' | 'mayBeAbsent'>): Promise<JsonReply>;
  /** Makes the venue's time known before it is needed. */
  warmUp(): Promise<void>;
};

export function createClobAccess(deps: ClobAccessDeps): ClobAccess {
  const venueClock = createVenueClock(deps);
  const forget = (): void => {
    venueClock.forget();
    deps.forgetCredentials?.();
  };

  async function open(deadlineAtMs: number): Promise<ClobSession> {
    const loading = Promise.all([deps.loadAccount(), deps.loadCredentials()]);
    const loaded = await raceDeadline(deps.clock, loading, deadlineAtMs);
    if (loaded.isLate) throw new UpstreamUnavailableError('The key and the credentials were not there in time');
    const [account, credentials] = loaded.value;
    return { account, credentials };
  }

  async function sign({ account, credentials }: ClobSession, { method, path, query, body, deadlineAtMs }: ClobRequest) {
    const signed = { method, requestPath: path, ...(body !== undefined && { body }) };
    const atSeconds = await venueClock.nowSeconds();
    const headers = await createL2Headers(toClobSigner(account), credentials, signed, atSeconds);
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

  return {
    open,
    async send(session, request) {
      const { http, redact } = await sign(session, request);
      const outcome = await sendRequest(deps, http);
      if (outcome.kind === 'answered' && outcome.status === 401) forget();
      return { outcome, redact };
    },
    async ask(request) {
      const reply = await askOnce(await open(request.deadlineAtMs), request);
      if (reply.status !== 401) return reply;
      forget();
      return askOnce(await open(request.deadlineAtMs), request);
    },
    async warmUp() {
      await venueClock.nowSeconds();
    },
  };
}
