import type { WalletAction } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';

export const WALLET_TYPE_NAMES = {
  0: "the key's own address",
  1: 'proxy',
  2: 'safe',
  3: 'deposit wallet',
} as const satisfies Record<SignatureType, string>;

/** `0.0342 POL`; rounded down. */
export function pol(wei: bigint): string {
  const tenThousandths = wei / 10n ** 14n;
  return `${tenThousandths / 10_000n}.${String(tenThousandths % 10_000n).padStart(4, '0')} POL`;
}

/** What an action costs, for its preview. */
export function costText({ costWei }: Pick<WalletAction, 'costWei'>): string {
  return costWei === null ? 'nothing: the venue’s relayer pays the gas' : `gas, at most ${pol(costWei)}`;
}

/** How an action gets to the chain. */
export function routeText({ intent }: Pick<WalletAction, 'intent'>): string {
  if (intent.route === 'relayer') return 'a batch signed by the key, through the venue’s relayer';
  return `a transaction of the key (nonce ${intent.nonce})`;
}

/** `7.125`, `20.00`: to the millionth where there is more than a hundredth. */
export function exactShares(micros: bigint): string {
  return formatMicros(micros, 6).replace(/0{1,4}$/, '');
}
