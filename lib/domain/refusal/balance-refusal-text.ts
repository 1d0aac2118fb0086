import type { BalanceFigures } from './refusal.ts';

/**
 * A parsed `not enough balance / allowance` text (venue §3.1).
 * - `bare`: without figures, as the venue answered until March 2026.
 * - `balance`: the venue sees fewer shares (or less cash) than are reserved and ordered.
 * - `allowance`: the exchange contract may not move them.
 */
export type BalanceRefusalText =
  | { readonly kind: 'bare' }
  | { readonly kind: 'balance'; readonly figures: BalanceFigures }
  | {
      readonly kind: 'allowance';
      readonly spender: string;
      readonly allowanceMicros: bigint;
      readonly matchedOrdersMicros: bigint;
      readonly orderMicros: bigint;
    };

const OPENING = 'not enough balance / allowance';
/** The opening as the venue has worded it so far, and as its list of error names has it. */
const OPENINGS =
  /(?:\b|_)(not[ _]enough|insufficient)[ _](unlocked )?(balance|allowance|funds|collateral)\b|\b(balance|allowance) (is )?(not enough|insufficient|too (low|small)|exceeded)\b|\bexceeds? (the |your |available )*(balance|allowance)\b/i;
// A uint256 has at most 78 digits.
const BALANCE = /\bbalance:\s*(\d{1,78})\b/i;
const ACTIVE_ORDERS = /sum of active orders:\s*(\d{1,78})\b/i;
const MATCHED_ORDERS = /sum of matched orders:\s*(\d{1,78})\b/i;
const ORDER_AMOUNT = /order amount(?: \(inc\. fees\))?:\s*(\d{1,78})\b/i;
const ALLOWANCE = /spender:\s*(0x[0-9a-f]{40})\b[^:]*allowance:\s*(\d{1,78})\b/i;

function findAmount(text: string, pattern: RegExp): bigint | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

export function parseBalanceRefusal(text: string): BalanceRefusalText | undefined {
  if (!OPENINGS.test(text)) return undefined;
  const orderMicros = findAmount(text, ORDER_AMOUNT);
  if (orderMicros === undefined) return { kind: 'bare' };
  const matchedOrdersMicros = findAmount(text, MATCHED_ORDERS) ?? 0n;
  const [, spender, allowance] = ALLOWANCE.exec(text) ?? [];
  if (spender !== undefined && allowance !== undefined) {
    return { kind: 'allowance', spender, allowanceMicros: BigInt(allowance), matchedOrdersMicros, orderMicros };
  }
  const balanceMicros = findAmount(text, BALANCE);
  if (balanceMicros === undefined) return { kind: 'bare' };
  const activeOrdersMicros = findAmount(text, ACTIVE_ORDERS) ?? 0n;
  return { kind: 'balance', figures: { balanceMicros, activeOrdersMicros, matchedOrdersMicros, orderMicros } };
}

/** Formats figures as the venue does: the short format when nothing is reserved, otherwise the long one. */
export function formatBalanceRefusal(figures: BalanceFigures): string {
  const { balanceMicros, activeOrdersMicros, matchedOrdersMicros, orderMicros } = figures;
  const opening = `${OPENING}: the balance is not enough -> balance: ${balanceMicros}`;
  if (activeOrdersMicros === 0n && matchedOrdersMicros === 0n) return `${opening}, order amount: ${orderMicros}`;
  const active = activeOrdersMicros === 0n ? '' : `, sum of active orders: ${activeOrdersMicros}`;
  return `${opening}${active}, sum of matched orders: ${matchedOrdersMicros}, order amount (inc. fees): ${orderMicros}`;
}
