import { describe, expect, it } from 'vitest';
import { InvariantError, UpstreamUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { joinShares } from '#lib/lifecycle/guard/join-shares.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';

const bought = aPosition({
  ...{ state: 'holding', mode: 'live' },
  trades: [aBuyTrade({ sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 600_000n })],
});
const NOW_MS = bought.openedAtMs + 90_000;

type World = { readonly heldMicros?: bigint; readonly readError?: Error; readonly saveError?: Error };

async function join(position: Parameters<typeof joinShares>[1], world: World = {}, isReadable = true) {
  const { heldMicros = 40_000_000n, readError, saveError } = world;
  const changes: PositionChange[] = [];
  const asked: unknown[] = [];
  const readings = {
    readShares: async (_terms: unknown, deadlineAtMs: number) => {
      asked.push(deadlineAtMs - NOW_MS);
      if (readError) throw readError;
      return { blockNumber: 9n, blockAtMs: NOW_MS - 5_000, sharesMicros: heldMicros, otherSharesMicros: 0n };
    },
    findCost: async (_terms: unknown, sharesMicros: bigint) => {
      asked.push(sharesMicros);
      return 26_000_000n;
    },
    listTransfers: async () => [],
  };
  const joined = await joinShares(
    {
      clock: { nowMs: () => NOW_MS },
      account: { address: position.wallet, wallet: null, ...(isReadable && { readings }) },
      store: {
        find: async () => position,
        save: async (change) => {
          if (saveError) throw saveError;
          changes.push(change);
        },
      },
    },
    position,
  );
  return { joined, change: changes[0], asked };
}

describe('a position that is to take in what else the wallet holds', () => {
  it('records these shares with the rest of the cost', async () => {
    const { joined, change, asked } = await join(bought);
    const found = { sharesMicros: 4_000_000n, costMicros: 2_000_000n, blockNumber: 9n };
    expect(change?.event).toEqual({ type: 'shares-found', atMs: NOW_MS, found });
    expect(change?.evidence).toEqual({ chainSharesMicros: '40000000' });
    expect(joined).toMatchObject({ outcome: 'joined', position: { version: bought.version + 1, found } });
    expect(asked).toEqual([2_000, 40_000_000n]);
  });

  it('records that there are none yet, at no cost, without asking for one', async () => {
    const { change, asked } = await join(bought, { heldMicros: 36_000_000n });
    const found = { sharesMicros: 0n, costMicros: 0n, blockNumber: 9n };
    expect(change?.event).toMatchObject({ type: 'shares-found', found });
    expect(asked).toEqual([2_000]);
  });

  it('does nothing where it takes in already', async () => {
    const guarded = aPosition({ state: 'holding', origin: 'guard' });
    expect(await join(guarded)).toEqual({
      ...{ joined: { outcome: 'joined-before', position: guarded }, change: undefined, asked: [] },
    });
  });

  it.each<[string, Parameters<typeof joinShares>[1], World, boolean]>([
    ['the node does not answer', bought, { readError: new UpstreamUnavailableError('Away') }, true],
    ['nothing can be read', bought, {}, false],
    ['the block is too young to tell', { ...bought, trades: [aBuyTrade({ matchedAtMs: NOW_MS })] }, {}, true],
    ['another request was first', bought, { saveError: new VersionConflictError('Changed') }, true],
  ])('is refused, to be repeated, where %s', async (_when, position, world, isReadable) => {
    const { joined, change } = await join(position, world, isReadable);
    expect(joined).toMatchObject({ outcome: 'refused', refusal: { code: 'market-occupied' } });
    expect(change).toBeUndefined();
  });

  it('hides no bug', async () => {
    await expect(join(bought, { saveError: new InvariantError('A bug') })).rejects.toBeInstanceOf(InvariantError);
    await expect(join(bought, { readError: new InvariantError('A bug') })).rejects.toBeInstanceOf(InvariantError);
  });
});
