import { describe, expect, it } from 'vitest';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { refusalOfNothing, type SeeSharesDeps, seeShares } from '#lib/lifecycle/guard/see-shares.ts';
import type { SharesReading } from '#lib/ports/wallet/wallet-readings.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const terms = somePositionTerms();
const NOW_MS = terms.openedAtMs;
const away = new UpstreamUnavailableError('Away');
const aWalletWith = (sharesMicros: bigint): WalletHoldings => ({ sharesMicros, otherSharesMicros: 9n, approved: true });
const goodBook = () => aBook({ bids: someLevels([['0.60', '500']]), atMs: NOW_MS });

type World = {
  readonly atBlock?: Partial<SharesReading> | Error | null;
  readonly newest?: bigint | Error;
  readonly costMicros?: bigint | null;
  readonly book?: ReturnType<typeof aBook> | Error | undefined;
  readonly paperWallet?: NonNullable<SeeSharesDeps['account']['paperWallet']>;
};

async function see(world: World, asked: Parameters<typeof seeShares>[2] = {}, countsFromMs?: number) {
  const { atBlock = {}, newest = 40_000_000n, costMicros = 20_000_000n, paperWallet } = world;
  const shares = { blockNumber: 7n, blockAtMs: NOW_MS - 5_000, sharesMicros: 40_000_000n, otherSharesMicros: 3n };
  const readings = {
    readShares: async () => {
      if (atBlock instanceof Error) throw atBlock;
      return { ...shares, ...atBlock };
    },
    findCost: async () => costMicros,
    listTransfers: async () => [],
  };
  const getHoldings = async () => {
    if (newest instanceof Error) throw newest;
    return aWalletWith(newest);
  };
  const wallet = { getHoldings, getCash: async () => 0n, listCashMovements: async () => [], approveShares: null };
  const book = 'book' in world ? world.book : goodBook();
  const findBook = async () => {
    if (book instanceof Error) throw book;
    return book;
  };
  return seeShares(
    {
      account: { ...{ address: terms.wallet, wallet, paperWallet }, ...(atBlock !== null && { readings }) },
      ...{ clock: createFakeClock(NOW_MS), marketData: { findBook } },
    },
    { ...terms, ...(countsFromMs !== undefined && { countsFromMs }) },
    asked,
  );
}

describe('the shares that a guard sees', () => {
  it('are those of a final block, with their cost and the bid', async () => {
    expect(await see({})).toMatchObject({
      ...{ found: { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 7n }, mayHold: true },
      ...{ otherSharesMicros: 3n, budgetMicros: 20_000_000n, lastBid: { priceMicros: 600_000n, atMs: NOW_MS } },
    });
  });

  it('are worth what the bid pays while their cost is not known', async () => {
    expect(await see({ costMicros: null })).toMatchObject({ budgetMicros: 24_000_000n });
  });

  it('of a part of the wallet have no known cost, and a larger limit changes nothing', async () => {
    const part = await see({}, { sharesMicrosMax: 15_000_000n });
    expect(part.found).toMatchObject({ sharesMicros: 15_000_000n, costMicros: null });
    const all = await see({}, { sharesMicrosMax: 50_000_000n });
    expect(all.found).toMatchObject({ sharesMicros: 40_000_000n, costMicros: 20_000_000n });
  });

  it.each<[string, World, boolean, bigint | null]>([
    ['a hundredth of a share at the final block', { atBlock: { sharesMicros: 10_000n }, newest: 0n }, true, 3n],
    ['dust alone', { atBlock: { sharesMicros: 9_999n }, newest: 9_999n }, false, 3n],
    ['a hundredth at the newest block', { atBlock: { sharesMicros: 0n }, newest: 10_000n }, true, 3n],
    ['nothing that either block shows', { atBlock: { sharesMicros: 0n }, newest: 0n }, false, 3n],
    ['a final block that cannot be read', { atBlock: away, newest: 0n }, true, 9n],
    ['a newest block that cannot be read', { atBlock: { sharesMicros: 0n }, newest: away }, true, 3n],
    ['a wallet that is not read at all', { atBlock: null, newest: away }, true, null],
  ])('may be there (%s)', async (_what, world, mayHold, otherSharesMicros) => {
    expect(await see(world)).toMatchObject({ mayHold, otherSharesMicros });
  });

  it('are worth what the newest block shows, until a final one does', async () => {
    const seen = await see({ atBlock: { sharesMicros: 0n }, newest: 10_000_000n });
    expect(seen).toMatchObject({ found: null, budgetMicros: 6_000_000n });
  });

  it.each([
    [NOW_MS - 5_000, true],
    [NOW_MS - 4_999, false],
  ])('count from a block of %s on, because an older one shows what was just sold', async (countsFromMs, counts) => {
    const { found, otherSharesMicros } = await see({}, {}, countsFromMs);
    expect([found !== null, otherSharesMicros]).toEqual([counts, counts ? 3n : 9n]);
  });

  it.each([
    ['is missing', undefined],
    ['cannot be read', away],
    ['has no bid', aBook({ bids: [], atMs: NOW_MS })],
    ['is old', aBook({ bids: someLevels([['0.60', '500']]), atMs: NOW_MS - 600_000 })],
  ])('have no bid where the book %s', async (_what, book) => {
    expect(await see({ book, costMicros: null })).toMatchObject({ lastBid: null, budgetMicros: 0n });
  });

  it('hide no bug of the book', async () => {
    await expect(see({ book: new InvariantError('A bug') })).rejects.toBeInstanceOf(InvariantError);
  });
});

it('a paper wallet receives what the request says, once it says how many shares', async () => {
  const received: unknown[] = [];
  const paperWallet = {
    receiveShares: async (_terms: unknown, shares: unknown) => void received.push(shares),
  };
  await see({ paperWallet }, {});
  await see({ paperWallet }, { sharesMicrosMax: 5_000_000n });
  await see({ paperWallet }, { sharesMicrosMax: 6_000_000n, costMicros: 2_000_000n });
  expect(received).toEqual([
    { sharesMicros: 5_000_000n, costMicros: null },
    { sharesMicros: 6_000_000n, costMicros: 2_000_000n },
  ]);
});

describe('a guard of nothing', () => {
  const plan = { market: aMarket(), outcome: 'UP' } as const;
  const messageWith = async (otherSharesMicros: bigint) => {
    const seen = await see({ atBlock: { sharesMicros: 0n, otherSharesMicros }, newest: 0n });
    return refusalOfNothing(plan, seen)?.message;
  };

  it('is refused, and names the other side from a hundredth of a share on', async () => {
    expect(await messageWith(10_000n)).toContain('It holds 0.01 of "Down"');
    expect(await messageWith(9_999n)).not.toContain('"Down"');
  });

  it('is not refused while there may be shares', async () => {
    expect(refusalOfNothing(plan, await see({ atBlock: away }))).toBeNull();
  });
});
