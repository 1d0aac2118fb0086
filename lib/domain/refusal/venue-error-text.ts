import { parseBalanceRefusal } from './balance-refusal-text.ts';
import { isPageOfProxy, wordsOfPage } from './proxy-page.ts';
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

/**
 * What the venue's words say, by kind: it has reworded the same refusals several times (venue §2.7). Matched against
 * text in lower case with straight quotes and without `_`, `-` and repeated spaces. The first match decides.
 */
const REFUSAL_WORDS: readonly (readonly [RegExp, RefusalCode])[] = [
  // Account before market and order: "maker address not allowed" also names an order's field.
  [
    /(?<!\bip )\baddress (not allowed|banned|blocked)|\b(user|account|(?<!\bip )address) (is |was |has been )?(banned|blocked|suspended|restricted)/,
    'account-blocked',
  ],
  [
    /\bapi ?key\b|\bunauthori[sz]ed\b|\bpassphrase\b|\brequest headers\b|\binvalid l[12]\b|\b(not|un) ?authenticated\b/,
    'account-blocked',
  ],
  [
    /\bclosed? only\b|\b(your|available) regions?\b|\bgeo ?block|\brestricted (region|country|jurisdiction)|\blegal reasons\b/,
    'account-blocked',
  ],
  [
    /\btick size\b|\bprice\b.{0,40}\b(out of range|not a multiple|must be (between|a multiple)|breaks)|\binvalid price\b|\bprice\b.{0,30}\bmin: .{1,12} max: /,
    'tick-size',
  ],
  [
    /\binvalid amounts?\b|\bmax(imum)? accuracy\b|\btoo many decimals\b|\b(lower|less|smaller) than the min|\bbelow (the )?min/,
    'order-size',
  ],
  [
    /\bmin(imum)? (order )?(size|amount|notional)\b|\b(order min|invalid|order) size\b|\b(size|amount)\b.{0,20}\btoo (small|low|large)\b/,
    'order-size',
  ],
  [/\b(fok|fak|fill or kill|fill and kill)\b.{0,40}\b(fill|filled|kill|killed|match|matched|unmatched)\b/, 'no-match'],
  [
    /\bcould ?n[o']t be (fully )?(filled|matched)\b|\bno (matching|opposing|resting) orders?\b|\bno (orders?|match|liquidity)\b.{0,20}\b(found|match|available)/,
    'no-match',
  ],
  [
    /\b(insufficient|not enough|no) (liquidity|depth|match|counterpart(y|ies)|buyers?|sellers?)\b|\bunmatched\b/,
    'no-match',
  ],
  [
    /\border\b.{0,90}\b(was |is |got |been )?(killed|not (fully )?(filled|matched))\b|\b(find|found) (a|any) match\b/,
    'no-match',
  ],
  [
    /\bnot yet\b.{0,30}\b(ready|accepting|open|active|tradable|tradeable|started)\b|\bmarket\b.{0,20}\bnot (ready|accepting|active|open)\b/,
    'market-not-ready',
  ],
  [
    /\b(trading|market)\b.{0,20}\b(not|n't) (yet )?(started|begun|opened)\b|\b(market|trading) (opens|starts) (at|in)\b/,
    'market-not-ready',
  ],
  [/\bnot accepting (new )?orders\b|\b(condition|token) is not registered\b/, 'market-not-ready'],
  [
    /\border ?book\b.{0,120}\b(does not|doesn't) exist\b|\bno order ?book\b|\border ?book\b.{0,120}\b(not (found|available)|unavailable|missing|unknown|closed|removed)\b/,
    'market-over',
  ],
  [
    /\bmarket\b.{0,120}\b(not found|does not exist|doesn't exist|closed|resolved|ended|expired|over|archived|no longer)\b/,
    'market-over',
  ],
  [/\b(closed|resolved|ended|expired) market\b|\btrading (has |is )?(closed|ended|over)\b/, 'market-over'],
  [/\bcross(es)?\b.{0,20}\bbook\b|\binvalid post only\b|\bwould cross\b|\bcrosses\b/, 'invalid-order'],
  [
    /\binvalid (order )?(signature|nonce|expiration|payload|token id|salt|maker|taker|signer|side|order type)\b|\border version mismatch\b/,
    'invalid-order',
  ],
  [
    /\bsignature\b.{0,30}\b(mismatch|invalid|could not be verified)\b|\border\b.{0,90}\bexpired\b|\bexpir(ation|y)\b|\bin the ctf exchange\b/,
    'invalid-order',
  ],
  [/\border\b.{0,90}\bis invalid\b/, 'invalid-order'],
];

/** These leave the outcome open with any status: the venue may have failed after it placed the order. */
const INCONCLUSIVE_WORDS: readonly RegExp[] = [
  /\bcontext (canceled|cancelled|deadline exceeded)\b/,
  /\bcould ?n[o']t (be )?(insert|run|execut|process)/,
  /\b(insert order|execution|delaying order|internal)( server)? error\b/,
  /\btimed out\b|\btime ?out\b/,
  // The venue's list of errors says that a delayed order may still match.
  /\bdelayed\b|\bdelaying\b/,
];

const DUPLICATE_WORDS = /\bduplicated?\b|\balready (been )?(placed|exists|submitted|accepted)\b/;

/**
 * With a 4xx the venue has considered the request. Not with these: a proxy gave up (408, 499), or the order conflicts
 * with one that exists (409).
 */
const OPEN_STATUSES: ReadonlySet<number> = new Set([408, 409, 499]);

function isConsidered(status: number): boolean {
  return status >= 400 && status < 500 && !OPEN_STATUSES.has(status);
}

/** Classifies an error answer. `text` is the venue's error text, or the whole body. */
export function classifyVenueError(status: number, body: string): VenueErrorMeaning {
  const text = wordsOfPage(body);
  const words = normalise(text);
  if (status === 425) return { outcome: 'not-sent', code: 'engine-restarting', text };
  if (status === 429 || status === 418) return { outcome: 'not-sent', code: 'rate-limited', text };
  if (status === 503) return waitOf(words, text);
  if (isConsidered(status) && isPageOfProxy(body)) return { outcome: 'refused', code: 'blocked-before-venue', text };
  const isInconclusive = INCONCLUSIVE_WORDS.some((pattern) => pattern.test(words));
  const isOpen = isInconclusive || !isConsidered(status);
  if (isOpen && status !== 409) return unknownAfter(status, isPageOfProxy(body), text);
  if (DUPLICATE_WORDS.test(words)) return { outcome: 'duplicate' };
  if (isOpen) return unknownAfter(status, false, text);
  const code = waitCodeOf(words);
  if (code !== undefined) return { outcome: 'not-sent', code, text };
  const balance = parseBalanceRefusal(text);
  if (balance !== undefined) {
    const refusal = { outcome: 'refused', code: 'balance-or-allowance', text } as const;
    return balance.kind === 'balance' ? { ...refusal, figures: balance.figures } : refusal;
  }
  const refusal = REFUSAL_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  return { outcome: 'refused', code: refusal ?? STATUS_WORDS.get(status) ?? 'unrecognised', text };
}

/** Said by the status where the words say nothing. */
const STATUS_WORDS: ReadonlyMap<number, RefusalCode> = new Map([
  [401, 'account-blocked'],
  // The venue names its reason. A bare "forbidden" is a firewall's, as JSON, text or page.
  [403, 'blocked-before-venue'],
  [451, 'account-blocked'],
]);

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’´`]/g, "'")
    .replace(/[-_\s]+/g, ' ');
}

function waitOf(words: string, text: string): VenueErrorMeaning {
  const code = waitCodeOf(words);
  return code === undefined ? unknownAfter(503, false, text) : { outcome: 'not-sent', code, text };
}

/** Statuses with which a gateway answers for a venue that has not; Cloudflare's are 520 to 530. */
function isOfGateway(status: number, isPage: boolean): boolean {
  return [408, 499, 502, 503, 504].includes(status) || (status >= 520 && status <= 530) || (status >= 500 && isPage);
}

function unknownAfter(status: number, isPage: boolean, text: string): VenueErrorMeaning {
  return isOfGateway(status, isPage) ? { outcome: 'unknown', text } : { outcome: 'unknown', text, isAnswered: true };
}

/** The venue reports its mode with various statuses, even in an answer that looks like a success. */
function waitCodeOf(words: string): WaitCode | undefined {
  if (/\b(post|maker) only mode\b|\bonly post only\b/.test(words)) return 'post-only-mode';
  if (/\bcancel(lation)?s? only\b/.test(words)) return 'cancel-only-mode';
  if (/\btoo many (requests|orders)\b|\brate limit|\bthrottl(ed|ing)\b|\bslow down\b/.test(words))
    return 'rate-limited';
  if (/\bengine\b.{0,30}\brestart/.test(words)) return 'engine-restarting';
  const isStopped = /\b(trading|exchange|system|condition|market)\b.{0,30}\b(disabled|paused|suspended|halted)\b/.test(
    words,
  );
  return isStopped || /\bmaintenance\b/.test(words) ? 'trading-disabled' : undefined;
}
