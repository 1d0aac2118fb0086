import { afterEach, describe, expect, it } from 'vitest';
import { createPolygonSettlement } from '#lib/adapters/polygon/settlement/polygon-settlement.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { parseRelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import type { RedemptionIntent, Settlement } from '#lib/ports/wallet/settlement.ts';
import { BY_THE_BOOK, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { AUTO_REDEEMER } from '#test/fixtures/foreign-venue/protocols.ts';
import { RELAYER_KEY } from '#test/fixtures/foreign-venue/relayer-service.ts';
import { startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { aLivePosition } from '#test/fixtures/live-account.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const soon = () => Date.now() + 5_000;
const CASH_MICROS = 100_000_000n;
const WON_MICROS = 6_666_667n;
const OTHER_MICROS = 1_000_000n;

const CASES = [BY_THE_BOOK, EASY_GOING].flatMap((dialect) =>
  ([0, 3] as const).flatMap((type) => MARKET_VERSIONS.map((version) => ({ dialect, type, version }))),
);

async function startWorld({ dialect, type, version }: (typeof CASES)[number]) {
  const venue = await startForeignVenue({ dialect, signatureType: type, cashMicros: CASH_MICROS });
  stops.push(venue.stop);
  venue.ledger.approvals.grantV2();
  const market = venue.addMarket({ version, startsAtMs: Date.now() - 310_000, endsAtMs: Date.now() - 10_000 });
  const [tokenId, otherTokenId] = market.tokenIds;
  venue.ledger.move({ tokenId, sharesMicros: WON_MICROS, cashMicros: 0n });
  venue.ledger.move({ tokenId: otherTokenId, sharesMicros: OTHER_MICROS, cashMicros: 0n });
  // The only parts that say where all this is: addresses.
  const { POLYGON_RPC_URL: rpcUrl, RELAYER_HOST: relayerHost } = venue.hosts;
  const loadRelayerKey = async () => parseRelayerKey(JSON.stringify(RELAYER_KEY));
  const settlement = createPolygonSettlement({
    ...{ clock, rpcUrl, walletAddress: venue.wallet, signatureType: type },
    loadAccount: async () => createKeySigningAccount(venue.privateKey),
    relayer: createPolymarketRelayer({ clock, relayerHost, loadRelayerKey }),
  });
  const conditionId = version === 'v2' ? market.conditionId.slice(0, 64) : market.conditionId;
  const ids = { conditionId, tokenId, otherTokenId, marketVersion: version, marketSlug: market.slug };
  const position = aLivePosition({ wallet: venue.wallet, marketEndsAtMs: market.endsAtMs, ...ids });
  return { venue, market, settlement, position };
}

type Terms = Parameters<Settlement['readCondition']>[0];

async function prepare(settlement: Settlement, position: Terms): Promise<RedemptionIntent> {
  const prepared = await settlement.prepareRedemption([position], soon());
  if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
  return prepared.intent;
}

async function redeem(settlement: Settlement, position: Terms) {
  return send(settlement, await prepare(settlement, position));
}

async function send(settlement: Settlement, intent: RedemptionIntent) {
  const answer = await settlement.sendRedemption(intent, soon());
  if (answer.outcome !== 'accepted') throw new Error(answer.text);
  return settlement.findRedemption(intent, answer.reference, soon());
}

describe.each(CASES)('a wallet of type $type at another venue ($dialect.name), market $version', (story) => {
  it('is unresolved, then redeems what won, and finds the cash', async () => {
    const { venue, market, settlement, position } = await startWorld(story);
    expect((await settlement.readCondition(position, soon())).payout).toBeNull();
    market.payouts = [1_000_000n, 0n];
    const reading = await settlement.readCondition(position, soon());
    expect(reading).toMatchObject({ sharesMicros: WON_MICROS, otherSharesMicros: OTHER_MICROS });
    expect(reading.payout!.own).toBe(reading.payout!.total);
    expect(await redeem(settlement, position)).toMatchObject({ state: 'done' });
    expect(venue.ledger.cash()).toBe(CASH_MICROS + WON_MICROS);
    expect(await settlement.listPayouts(position, null, soon())).toMatchObject([{ cashMicros: WON_MICROS }]);
    expect((await settlement.readCondition(position, soon())).sharesMicros).toBe(0n);
  });

  it('merges its pairs before there is a result, and finds the cash', async () => {
    const { venue, settlement, position } = await startWorld(story);
    const prepared = await settlement.prepareMerge(position, WON_MICROS, soon());
    if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
    expect(await send(settlement, prepared.intent)).toMatchObject({ state: 'done' });
    expect(venue.ledger.cash()).toBe(CASH_MICROS + OTHER_MICROS);
    expect(await settlement.listPayouts(position, null, soon())).toMatchObject([
      { kind: 'merge', cashMicros: OTHER_MICROS },
    ]);
    expect(await settlement.readCondition(position, soon())).toMatchObject({
      ...{ payout: null, sharesMicros: WON_MICROS - OTHER_MICROS, otherSharesMicros: 0n },
    });
  });
});

const V1 = { dialect: BY_THE_BOOK, version: 'v1' } as const;

describe('another venue', () => {
  it('pays half of each outcome of a void market, once', async () => {
    const { venue, market, settlement, position } = await startWorld({ ...V1, type: 3 });
    market.payouts = [500_000n, 500_000n];
    await redeem(settlement, position);
    const cashMicros = 3_333_333n + 500_000n;
    expect(venue.ledger.cash()).toBe(CASH_MICROS + cashMicros);
    expect(await settlement.listPayouts(position, null, soon())).toMatchObject([{ cashMicros }]);
  });

  it('redeems for the wallet by itself: nothing is left to send, and the payout is found', async () => {
    const { venue, market, settlement, position } = await startWorld({ dialect: EASY_GOING, version: 'v2', type: 3 });
    market.payouts = [1_000_000n, 0n];
    venue.ledger.approvals.set('0x006F54F7f9A22e0000CC2AB60031000000ae9fEF', AUTO_REDEEMER, 1n);
    venue.chain.autoRedeem(position.tokenId);
    await expect(prepare(settlement, position)).rejects.toThrow('holds no shares of this market that pay');
    expect(await settlement.listPayouts(position, null, soon())).toMatchObject([
      { cashMicros: WON_MICROS, gasWei: null },
    ]);
  });

  it('pauses its adapter: the batch has failed, nothing moved, and it works afterwards', async () => {
    const { venue, market, settlement, position } = await startWorld({ ...V1, type: 3 });
    market.payouts = [1_000_000n, 0n];
    venue.chain.pauseAdapter(true);
    expect(await redeem(settlement, position)).toMatchObject({ state: 'reverted' });
    expect(venue.ledger.cash()).toBe(CASH_MICROS);
    venue.chain.pauseAdapter(false);
    expect(await redeem(settlement, position)).toMatchObject({ state: 'done' });
  });
});
