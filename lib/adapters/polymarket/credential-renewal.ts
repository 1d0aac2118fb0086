import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { CredentialSource } from './account/derive-api-credentials.ts';
import type { ApiCredentials } from './api-credentials.ts';

export type CredentialRenewalDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly clobHost: string };

export type CredentialRenewal = {
  /** The venue's credentials for this key; undefined when it gives none in time. Never throws. */
  ask(source: CredentialSource, account: SigningAccount, deadlineAtMs: number): Promise<ApiCredentials | undefined>;
};

/** A session lasts some thirty minutes (py-clob-client-v2#40). What a minute ago did not help does not help now. */
const PAUSE_MS = 60_000;
/** A post waits behind it. */
const DEADLINE_MS = 2_000;

/** Each way is asked at most once a minute, and its answer is shared: requests that fail together renew together. */
export function createCredentialRenewal({ clock, clobHost }: CredentialRenewalDeps): CredentialRenewal {
  const asked = new Map<
    CredentialSource,
    { readonly atMs: number; readonly answer: Promise<ApiCredentials | undefined> }
  >();
  return {
    async ask(source, account, deadlineAtMs) {
      const nowMs = clock.nowMs();
      const known = asked.get(source);
      if (known !== undefined && nowMs < known.atMs + PAUSE_MS) return known.answer;
      const untilMs = Math.min(deadlineAtMs, nowMs + DEADLINE_MS);
      // Loaded when it is needed: an exit that starts cold reads its bundle before it can read a book.
      const answer = import('./account/derive-api-credentials.ts')
        .then(({ askForCredentials }) => askForCredentials({ clock, clobHost, account }, source, untilMs))
        .catch(() => undefined);
      asked.set(source, { atMs: nowMs, answer });
      return answer;
    },
  };
}
