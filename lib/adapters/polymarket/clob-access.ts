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
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly loadCredentials: () => Promise<ApiCredentials>;
  /** Called after a 401: the next request loads credentials that may have been renewed. */
  readonly forgetCredentials?: () => void;
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

export type ClobSession = { readonly account: SigningAccount; readonly credentials: ApiCredentials };

export type ClobAccess = {
  /**
   * Loads key and credentials; nothing is sent. @throws ConfigError, UpstreamUnavailableError (also after the deadline)
   */
  open(deadlineAtMs: number): Promise<ClobSession>;
  /** Sends once. `redact` removes this request's secrets from a text. */
  send(
    session: ClobSession,
    request: ClobRequest,
  ): Promise<{ readonly outcome: HttpOutcome; readonly redact: (text: string) => string }>;
  /**
   * For requests that are safe to repeat: repeats once after a 401, with the venue's time and the credentials read
   * again.
   * @throws UpstreamUnavailableError, UnexpectedReplyError, ConfigError
   */
  ask(request: ClobRequest & Pick<JsonRequest, 'what' | 'mayBeEmpty' | 'mayBeAbsent'>): Promise<JsonReply>;
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
    if (loaded.isLate) throw new UpstreamUnavailableError('Key and credentials were not loaded in time');
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
