import type { Position } from '#lib/domain/position/position.ts';
import type { WalletShares } from '#lib/ports/wallet/wallet-tokens.ts';
import { readClosed, readOpen } from '../read/list-positions.ts';
import { heldOf, type WatchedMarket } from './group-holdings.ts';
import type { WatchWalletCommand, WatchWalletDeps } from './watch-wallet.ts';

const DAY_MS = 86_400_000;

/** Its open positions. What was said of their markets ends with them: shares that come afterwards are others. */
export async function readOpenRows(
  deps: Pick<WatchWalletDeps, 'store' | 'verdicts'>,
  { walletAddress: wallet }: Pick<WatchWalletCommand, 'walletAddress'>,
  held: readonly WatchedMarket[],
): Promise<readonly Position[]> {
  if (held.length === 0) return [];
  const { positions: open } = await readOpen(deps, { mode: 'live', wallet });
  for (const { conditionId } of held) {
    if (open.some((each) => each.conditionId.toLowerCase() === conditionId.toLowerCase())) {
      deps.verdicts.delete(conditionId);
    }
  }
  return open;
}

/** The suite's positions of these markets. Closed ones by the days on which they probably ended. */
export async function readRows(
  deps: Pick<WatchWalletDeps, 'clock' | 'store'>,
  { walletAddress: wallet }: Pick<WatchWalletCommand, 'walletAddress'>,
  markets: readonly WatchedMarket[],
  { shares, openRows: open }: { readonly shares: WalletShares; readonly openRows: readonly Position[] },
): Promise<readonly Position[]> {
  if (markets.length === 0) return [];
  const isManaged = (tokenId: string) => open.some((position) => position.tokenId === tokenId);
  const unmanaged = markets.filter((market) =>
    [...heldOf(market, shares).keys()].some((tokenId) => !isManaged(tokenId)),
  );
  if (unmanaged.length === 0) return open;
  const spans = daySpans(
    [...unmanaged.flatMap(({ endsAtMs }) => endsAtMs ?? []), deps.clock.nowMs()],
    deps.clock.nowMs(),
  );
  const closed = await Promise.all(spans.map((span) => readClosed(deps, { ...span, mode: 'live', wallet })));
  return [...open, ...closed.flatMap(({ positions }) => positions)];
}

/** The day of each time, the one before and the one after it, as far as they have begun and are within a year. */
function daySpans(timesMs: readonly number[], nowMs: number) {
  const today = Math.floor(nowMs / DAY_MS);
  const days = new Set(timesMs.flatMap((atMs) => [-1, 0, 1].map((step) => Math.floor(atMs / DAY_MS) + step)));
  return [...days]
    .filter((day) => day <= today && day > today - 365)
    .map((day) => ({ sinceMs: day * DAY_MS, nowMs: Math.min(nowMs, (day + 1) * DAY_MS - 1) }));
}
