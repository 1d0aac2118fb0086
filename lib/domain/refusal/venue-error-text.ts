import { parseBalanceRefusal } from './balance-refusal-text.ts';
import type { Refusal, RefusalCode, WaitCode } from './refusal.ts';

/**
 * What an error answer to a posted order means.
 * - `refused`: considered, and not placed.
 * - `not-sent`: certainly not placed; the same order may be posted later.
 * - `duplicate`: the venue already has this order.
 * - `unknown`: the order may have been placed. `isAnswered` if the venue itself said so: then the request is not under
 *   way any more. A gateway's page leaves that open.
 */
export type VenueErrorMeaning =
  | ({ readonly outcome: 'refused' } & Refusal)
  | { readonly outcome: 'not-sent'; readonly code: WaitCode; readonly text: string }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'unknown'; readonly text: string; readonly isAnswered?: true };

/** The texts of venue §2.7 in lower case. The first one that occurs decides. */
const REFUSAL_WORDS: readonly (readonly [string, RefusalCode])[] = [
  ['fok orders are fully filled or killed', 'no-match'],
  ['no orders found to match', 'no-match'],
  ['minimum tick size rule', 'tick-size'],
  ['lower than the minimum', 'order-size'],
  ['invalid amount', 'order-size'],
  ['no orderbook exists', 'market-over'],
  ['market not found', 'market-over'],
  ['not yet ready', 'market-not-ready'],
  ['maker address not allowed', 'account-blocked'],
  ['address of the api key', 'account-blocked'],
  ['owner of the api key', 'account-blocked'],
  ['invalid api key', 'account-blocked'],
  ['unauthorized', 'account-blocked'],
  ['request headers', 'account-blocked'],
  ['address banned', 'account-blocked'],
  ['closed only mode', 'account-blocked'],
  ['restricted in your region', 'account-blocked'],
  ['invalid signature', 'invalid-order'],
  ['order_version_mismatch', 'invalid-order'],
  ['invalid nonce', 'invalid-order'],
  ['invalid expiration', 'invalid-order'],
  ['invalid order payload', 'invalid-order'],
  ['invalid token id', 'invalid-order'],
  ['canceled in the ctf exchange contract', 'invalid-order'],
  ['crosses', 'invalid-order'],
];

/** These leave the outcome open with any status: the venue may have failed after it placed the order. */
const INCONCLUSIVE_WORDS: readonly string[] = [
  'context canceled',
  'could not insert order',
  'could not run the execution',
  'internal server error',
  'order timed out',
  // The venue's list of errors says that a delayed order may still match.
  'delayed due to market conditions',
  'error delaying the order',
];

/** With these the venue has considered the request. With any other error status the order may have been placed. */
const CONSIDERED_STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 404]);

/** Classifies an error answer. `text` is the venue's error text, or the whole body. */
export function classifyVenueError(status: number, text: string): VenueErrorMeaning {
  const words = text.toLowerCase();
  if (status === 425) return { outcome: 'not-sent', code: 'engine-restarting', text };
  if (status === 429) return { outcome: 'not-sent', code: 'rate-limited', text };
  if (status === 503) return waitOf(words, text);
  const isInconclusive = INCONCLUSIVE_WORDS.some((phrase) => words.includes(phrase));
  if (isInconclusive || !CONSIDERED_STATUSES.has(status)) return unknownAfter(status, words, text);
  if (words.includes('duplicated')) return { outcome: 'duplicate' };
  const code = waitCodeOf(words);
  if (code !== undefined) return { outcome: 'not-sent', code, text };
  const balance = parseBalanceRefusal(text);
  if (balance !== undefined) {
    const refusal = { outcome: 'refused', code: 'balance-or-allowance', text } as const;
    return balance.kind === 'balance' ? { ...refusal, figures: balance.figures } : refusal;
  }
  const refusal = REFUSAL_WORDS.find(([phrase]) => words.includes(phrase))?.[1];
  if (refusal !== undefined) return { outcome: 'refused', code: refusal, text };
  // HTML comes from a proxy and says nothing about the order.
  return words.includes('<html')
    ? unknownAfter(status, words, text)
    : { outcome: 'refused', code: 'unrecognised', text };
}

function waitOf(words: string, text: string): VenueErrorMeaning {
  const code = waitCodeOf(words);
  return code === undefined ? unknownAfter(503, words, text) : { outcome: 'not-sent', code, text };
}

/** Statuses with which a gateway answers for a venue that has not; Cloudflare's are 520 to 530. */
function isOfGateway(status: number, words: string): boolean {
  return (
    [502, 503, 504].includes(status) || (status >= 520 && status <= 530) || (status >= 500 && words.includes('<html'))
  );
}

function unknownAfter(status: number, words: string, text: string): VenueErrorMeaning {
  return isOfGateway(status, words) ? { outcome: 'unknown', text } : { outcome: 'unknown', text, isAnswered: true };
}

/** The venue reports its mode with various statuses, even in an answer that looks like a success. */
function waitCodeOf(words: string): WaitCode | undefined {
  if (/post[-_ ]only[-_ ]mode|only post[-_ ]only/.test(words)) return 'post-only-mode';
  if (/cancel[-_ ]only/.test(words)) return 'cancel-only-mode';
  return words.includes('trading is currently disabled') ? 'trading-disabled' : undefined;
}
