import type { Mode } from '#lib/domain/position/position.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { Exchange } from '#lib/ports/exchange.ts';
import type { Wallet } from '#lib/ports/wallet.ts';

/** The exchanges of this deployment. A mode without one cannot be opened, and never falls back to another (law 7). */
export type Exchanges = Readonly<Partial<Record<Mode, Exchange>>>;

/** The wallets on the chain, by mode. Paper has none; without one nothing is read from the chain, and no sell waits for it. */
export type Wallets = Readonly<Partial<Record<Mode, Wallet>>>;

/** @throws ConfigError when a position of this mode exists but its exchange is not configured */
export function chooseExchange(exchanges: Exchanges, mode: Mode): Exchange {
  const exchange = exchanges[mode];
  if (exchange === undefined)
    throw new ConfigError('This deployment has no exchange for the mode of the position', { mode });
  return exchange;
}
