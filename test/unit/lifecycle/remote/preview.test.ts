import { describe, expect, it } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { previewAll, previewExit } from '#lib/lifecycle/remote/preview.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aPosition } from '#test/factories/a-position.ts';

const holding = aPosition({ state: 'holding' });
const NOW_MS = holding.openedAtMs + 60_000;
const nothing = { corruptIds: [], unseenCount: 0, awaiting: [] };

function aVenue(book: OrderBook | undefined = aBook({ bids: someLevels([['0.60', '500']]), atMs: NOW_MS })) {
  const asked: [string, number][] = [];
  const findBook = async (tokenId: string, deadlineAtMs: number) => {
    asked.push([tokenId, deadlineAtMs - NOW_MS]);
    return book;
  };
  return { asked, deps: { clock: { nowMs: () => NOW_MS }, marketData: { findBook } } };
}

describe('the preview of an exit', () => {
  it('says what the shares would bring after fees, by a book that is waited for three seconds', async () => {
    const { asked, deps } = aVenue();
    // 36 at 0.60, less the fee of 7 % of p(1 - p).
    const quote = { bidMicros: 600_000n, priceMicros: 600_000n, proceedsMicros: 20_995_200n };
    const line = { position: holding, sharesMicros: 36_000_000n, quote };
    expect(await previewExit(deps, holding)).toEqual({ kind: 'exit', ...line });
    expect(asked).toEqual([[holding.tokenId, 3_000]]);
  });

  it('knows no price where there is no bid', async () => {
    const { deps } = aVenue(aBook({ bids: [], atMs: NOW_MS }));
    const quote = { bidMicros: null, priceMicros: null, proceedsMicros: null };
    expect(await previewExit(deps, holding)).toMatchObject({ quote });
  });

  it.each([
    ['already-closed', aPosition({ state: 'exited' })],
    ['past-deadline', aPosition({ state: 'awaiting-resolution' })],
    ['exiting-already', aPosition({ state: 'exiting' })],
  ])('is pointless: %s', async (code, position) => {
    const { asked, deps } = aVenue();
    expect([await previewExit(deps, position), asked]).toEqual([code, []]);
  });

  it('is offered of an exit that still waits for its price on request', async () => {
    const exitRequest = { atMs: NOW_MS - 1_000, minPriceMicros: 990_000n };
    const waiting = aPosition({ state: 'exiting', exitRequest });
    expect(await previewExit(aVenue().deps, waiting)).toMatchObject({ kind: 'exit' });
  });
});

it('the preview of all exits shows ten, and counts those that it does not show', async () => {
  const positions: OpenPosition[] = Array.from({ length: 13 }, (_, n) => ({ ...holding, positionId: `p${n}` }));
  const { asked, deps } = aVenue();
  const ahead = { ...nothing, positions, awaiting: [aPosition({ state: 'awaiting-resolution' })], unseenCount: 4 };
  const preview = await previewAll(deps, { ...ahead, corruptIds: ['odd'] });
  expect(preview).toMatchObject({ kind: 'exit-all', moreCount: 7, awaitingCount: 1, corruptIds: ['odd'] });
  expect(preview).toHaveProperty('lines.length', 10);
  expect(asked).toHaveLength(10);
});
