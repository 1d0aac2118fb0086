import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WalletPositions } from '#lib/ports/wallet/wallet-positions.ts';

export type HeldToken = {
  readonly slug: string;
  /** As a market names it: of version 2 with 31 bytes. */
  readonly conditionId: string;
  readonly tokenId: string;
  readonly otherTokenId: string;
};

/** A wallet with these histories, all of them known to the index by now. */
export type IndexedWallet = {
  readonly positions: WalletPositions;
  readonly wallet: string;
  /** Bought by trades, market open; cost without fees, as the chain moved it. */
  readonly bought: HeldToken & {
    readonly sharesMicros: bigint;
    readonly costMicros: bigint;
    readonly feesMicros: bigint;
  };
  /** Version 2: 0.05 of a share that was sent to the wallet, market open. */
  readonly sentIn: HeldToken;
  /** Resolved long ago, the token lost, shares still there. */
  readonly lost: HeldToken;
  /** Won and redeemed, for this much. */
  readonly redeemed: HeldToken & { readonly cashMicros: bigint; readonly transactionHash: string };
  stop(): Promise<void>;
};

const SENT_IN_MICROS = 50_000n;

/** What every `WalletPositions` promises, whatever is behind it. */
export function describeWalletPositionsContract(name: string, create: () => Promise<IndexedWallet>): void {
  describe(`WalletPositions: ${name}`, () => {
    let world: IndexedWallet;
    const soon = () => Date.now() + 5_000;
    const holdings = async () => {
      const found = await world.positions.listHoldings(world.wallet, soon());
      expect(found.unreadableCount).toBe(0);
      return new Map(found.holdings.map((each) => [each.tokenId, each]));
    };

    beforeAll(async () => {
      world = await create();
    });
    afterAll(async () => {
      await world?.stop();
    });

    it('finds a bought token with its market', async () => {
      const { bought } = world;
      const found = (await holdings()).get(bought.tokenId);
      expect(found).toMatchObject({
        conditionId: bought.conditionId.toLowerCase(),
        marketSlug: bought.slug,
        oppositeTokenId: bought.otherTokenId,
        negRisk: false,
        isRedeemable: false,
      });
      // Four decimals.
      const differenceMicros = bought.sharesMicros - (found?.sharesMicros ?? 0n);
      expect(differenceMicros < 0n ? -differenceMicros : differenceMicros).toBeLessThanOrEqual(50n);
    });

    it('finds a rest below the usual floor that was sent in', async () => {
      const found = (await holdings()).get(world.sentIn.tokenId);
      expect(found).toMatchObject({
        conditionId: world.sentIn.conditionId,
        sharesMicros: SENT_IN_MICROS,
        isRedeemable: false,
      });
    });

    it('finds shares that lost and are archived', async () => {
      expect((await holdings()).get(world.lost.tokenId)).toMatchObject({ isRedeemable: true });
    });

    it('does not list what was redeemed', async () => {
      expect((await holdings()).has(world.redeemed.tokenId)).toBe(false);
    });

    it('lists trades and the redemption with its cash, and only of the market and type that was asked for', async () => {
      const { wallet, redeemed, bought } = world;
      const query = { walletAddress: wallet.toUpperCase().replace('0X', '0x'), sinceMs: Date.now() - 3_600_000 };
      const redemptions = await world.positions.listActivity(
        { ...query, conditionId: redeemed.conditionId, type: 'REDEEM' },
        soon(),
      );
      const cashMicros = redemptions.activities.reduce((sum, each) => sum + each.cashMicros, 0n);
      expect(cashMicros).toBe(redeemed.cashMicros);
      expect(new Set(redemptions.activities.map((each) => [each.type, each.transactionHash].join()))).toEqual(
        new Set([`REDEEM,${redeemed.transactionHash.toLowerCase()}`]),
      );
      const trades = await world.positions.listActivity({ ...query, type: 'TRADE' }, soon());
      const ofBought = trades.activities.filter((each) => each.tokenId === bought.tokenId);
      expect(ofBought.map((each) => [each.type, each.side, each.conditionId])).toContainEqual([
        'TRADE',
        'BUY',
        bought.conditionId.toLowerCase(),
      ]);
      expect(ofBought.reduce((sum, each) => sum + each.cashMicros, 0n)).toBe(bought.costMicros + bought.feesMicros);
      const all = await world.positions.listActivity(query, soon());
      expect(new Set(all.activities.map((each) => each.type))).toContain('DEPOSIT');
    });

    it('tells the result of resolved markets, under the ids it was asked for', async () => {
      const { bought, sentIn, lost, redeemed } = world;
      const asked = [bought, sentIn, lost, redeemed].map(({ conditionId }) => conditionId);
      // More than one request may name.
      const strangers = Array.from({ length: 25 }, (_, index) => `0x${String(index).padStart(64, 'a')}`);
      const found = await world.positions.findResolutions([...asked, ...strangers], soon());
      expect(found.get(bought.conditionId)?.payoutsMicros ?? null).toBeNull();
      expect(found.get(sentIn.conditionId)?.payoutsMicros ?? null).toBeNull();
      for (const { conditionId } of [lost, redeemed]) {
        const payouts = found.get(conditionId)?.payoutsMicros ?? [];
        expect([...payouts].sort()).toEqual([0n, 1_000_000n]);
      }
      expect([...found.keys()].every((id) => asked.includes(id) || strangers.includes(id))).toBe(true);
    });

    it('knows nothing of a wallet that did nothing', async () => {
      const stranger = `0x${'5'.repeat(40)}`;
      expect(await world.positions.listHoldings(stranger, soon())).toEqual({
        holdings: [],
        unreadableCount: 0,
        unreadableNames: [],
      });
      const query = { walletAddress: stranger, sinceMs: 0 };
      expect((await world.positions.listActivity(query, soon())).activities).toEqual([]);
    });
  });
}
