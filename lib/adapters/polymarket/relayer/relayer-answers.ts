import * as z from 'zod/mini';
import { askedWaitMs } from '#lib/adapters/http/asked-wait.ts';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import type { RedemptionAnswer } from '#lib/ports/wallet/settlement.ts';

/** Names of the older and of the newer answers. */
const TransactionSchema = z.object({
  transactionID: z.nullish(z.string()),
  transaction_id: z.nullish(z.string()),
  state: z.nullish(z.string()),
  error_msg: z.nullish(z.string()),
  errorMsg: z.nullish(z.string()),
});
const FaultSchema = z.object({ error: z.nullish(z.string()), message: z.nullish(z.string()) });

/** What each answer means for the batch (venue §9.3). The first that fits decides; other 4xx are refusals. */
const KINDS = [
  // Never permitted: sending it again cannot help.
  { words: /call blocked/i, kind: 'blocked' },
  { words: /wallet busy|in-flight action|does not match on-chain nonce/i, kind: 'busy' },
  { words: /not registered/i, kind: 'busy' },
  { words: /quota exceeded|too many requests|rate.?limit/i, kind: 'limited' },
  { words: /temporary internal error|"code"\s*:\s*19\b/i, kind: 'unknown' },
] as const;
type Kind = (typeof KINDS)[number]['kind'];

/** The venue's own clients wait about as long for a busy wallet. */
const BUSY_PAUSE_MS = 5_000;
const RESETS_IN = /resets in (\d+) seconds/i;
const DAY_MS = 86_400_000;

/** `redact` removes what no row or log may contain. */
export function toAnswer(outcome: HttpOutcome, nowMs: number, redact: (text: string) => string): RedemptionAnswer {
  if (outcome.kind === 'not-sent') {
    return { outcome: 'not-sent', text: 'The relayer was not reached', retryAfterMs: null };
  }
  if (outcome.kind === 'lost') return { outcome: 'unknown', text: 'The relayer’s answer was lost' };
  const { status, headers } = outcome;
  const body = jsonOrUndefined(outcome.text ?? '');
  if (status >= 200 && status < 300) {
    const reference = idOf(TransactionSchema.safeParse(body).data);
    if (reference !== null) return { outcome: 'accepted', reference };
    return { outcome: 'unknown', text: 'The relayer accepted the batch without naming its transaction' };
  }
  const text = redact(`The relayer answered ${status}: ${textOf(body, outcome.text ?? '')}`);
  switch (kindOf(status, outcome.text ?? '')) {
    case 'blocked':
      return { outcome: 'refused', text, isFinal: true };
    case 'busy':
      return { outcome: 'not-sent', text, retryAfterMs: BUSY_PAUSE_MS };
    case 'limited':
      return { outcome: 'not-sent', text, retryAfterMs: quotaWaitMs(text) ?? askedWaitMs({ headers, body, nowMs }) };
    case 'unknown':
      return { outcome: 'unknown', text };
    case 'unauthorised':
      return { outcome: 'refused', text: `${text}. Check the secret of the relayer’s key`, isFinal: false };
    case 'refused':
      return { outcome: 'refused', text, isFinal: false };
  }
}

/** Null while the transaction may still be executed. `reference` is compared where the answer names one. */
export function readFailure(body: unknown, reference: string): string | null {
  const list = z.array(TransactionSchema).safeParse(Array.isArray(body) ? body : [body]);
  const own =
    list.data?.find((each) => idOf(each) === reference) ?? (list.data?.length === 1 ? list.data[0] : undefined);
  const state = own?.state?.toUpperCase() ?? '';
  // Both are final. The reason of the inner call is lost (CallFailed).
  if (!/FAILED|INVALID/.test(state)) return null;
  const reason = own?.error_msg ?? own?.errorMsg ?? '';
  return `The relayer says ${state}${reason === '' ? '' : `: ${reason}`}`;
}

function kindOf(status: number, text: string): Kind | 'unauthorised' | 'refused' {
  const known = KINDS.find(({ words }) => words.test(text))?.kind;
  if (known !== undefined) return known;
  if (status === 429) return 'limited';
  if (status === 401 || status === 403) return 'unauthorised';
  // Redirects, timeouts and failures say nothing about the batch.
  return status >= 400 && status < 500 && status !== 408 && status !== 425 ? 'refused' : 'unknown';
}

function idOf(transaction: z.output<typeof TransactionSchema> | undefined): string | null {
  const id = transaction?.transactionID ?? transaction?.transaction_id ?? '';
  return id === '' ? null : id;
}

function textOf(body: unknown, text: string): string {
  const fault = FaultSchema.safeParse(body).data;
  return (fault?.error ?? fault?.message ?? text).slice(0, 200);
}

function quotaWaitMs(text: string): number | null {
  const seconds = RESETS_IN.exec(text)?.[1];
  return seconds === undefined ? null : Math.min(Number(seconds) * 1_000, DAY_MS);
}
