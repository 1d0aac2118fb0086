import type { Mode } from '#lib/domain/position/position.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { Evidence } from '#lib/lifecycle/record-event.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { Wallet, WalletTerms } from '#lib/ports/wallet/wallet.ts';
import type { PaperWallet, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';

/**
 * What the positions of one mode trade with. It is chosen once per wake-up or opening and passed on as a whole (law 7).
 */
export type TradingAccount = {
  /** Saved as `wallet` with each position: an address, or a name on paper. */
  readonly address: string;
  readonly exchange: Exchange;
  /** The wallet on the chain; null on paper. */
  readonly wallet: Wallet | null;
  /** For guarded positions; absent where nothing is guarded. */
  readonly readings?: WalletReadings | undefined;
  /** Absent live. */
  readonly paperWallet?: PaperWallet | undefined;
};

/** What guarding needs of an account: it looks, and posts nothing. */
export type WatchedAccount = Omit<TradingAccount, 'exchange'>;

/**
 * The accounts of this deployment. A mode without one cannot be opened, and never falls back to another mode (law 7).
 */
export type TradingAccounts = Readonly<Partial<Record<Mode, TradingAccount>>>;

/** @throws ConfigError when a position of this mode exists but the mode is not configured */
export function getAccount(accounts: TradingAccounts, mode: Mode): TradingAccount {
  const account = accounts[mode];
  if (account === undefined)
    throw new ConfigError('This deployment has no exchange for the mode of the position', { mode });
  return account;
}

export type ReadChainDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly account: Pick<TradingAccount, 'wallet'>;
};

/** The chain's answer, or null when it did not answer. Never rejects. */
export type ChainRead = Promise<WalletHoldings | null>;

const CHAIN_DEADLINE_MS = 1_000;

/**
 * Reads the wallet from the chain, best effort, until `untilMs` at the latest. Undefined when the account has no chain.
 */
export function readChain(
  { account, clock }: ReadChainDeps,
  terms: WalletTerms,
  untilMs = Number.POSITIVE_INFINITY,
): ChainRead | undefined {
  const deadlineAtMs = Math.min(clock.nowMs() + CHAIN_DEADLINE_MS, untilMs);
  return account.wallet?.getHoldings(terms, deadlineAtMs).catch(() => null);
}

/** Empty when the chain has not answered. */
export function evidenceOfChain(holdings: WalletHoldings | null): Evidence {
  if (holdings === null) return {};
  return {
    chainSharesMicros: holdings.sharesMicros.toString(),
    chainOtherSharesMicros: holdings.otherSharesMicros.toString(),
    chainApproved: holdings.approved,
  };
}
