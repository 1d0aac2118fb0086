import type { Wallets } from '#lib/lifecycle/choose-exchange.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletHoldings, WalletTerms } from '#lib/ports/wallet.ts';

export type ReadChainDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly wallets?: Wallets };

/** What the chain says by and by; null when it did not. Never rejects. */
export type ChainRead = Promise<WalletHoldings | null>;

const CHAIN_DEADLINE_MS = 1_000;

/** Asks the chain, best effort, until `untilMs` at the latest; undefined where the mode has no chain. */
export function readChain(
  { wallets, clock }: ReadChainDeps,
  terms: WalletTerms,
  untilMs = Number.POSITIVE_INFINITY,
): ChainRead | undefined {
  const deadlineAtMs = Math.min(clock.nowMs() + CHAIN_DEADLINE_MS, untilMs);
  return wallets?.[terms.mode]?.getHoldings(terms, deadlineAtMs).catch(() => null);
}
