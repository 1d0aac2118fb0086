import { afterEach, describe, expect, it } from 'vitest';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import { NO_FILLS } from '#lib/domain/market/order.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { describeExchange } from './exchange.contract.ts';
import { createLiveWorld, type LiveWorld } from './live-world.ts';

const worlds: LiveWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

for (const signatureType of [0, 1, 2, 3] as const) {
  // Orders of types 1 and 2 are signed alike, and differ in a number: in the short run each meets one of the versions.
  const isNumberOnly = signatureType === 1 || signatureType === 2;
  const versions = isNumberOnly && !IS_LONG ? MARKET_VERSIONS.slice(signatureType - 1, signatureType) : MARKET_VERSIONS;
  for (const version of versions) {
    describeExchange(`the live exchange (wallet of type ${signatureType}, market of ${version})`, async () => {
      const world = await createLiveWorld(signatureType, version);
      worlds.push(world);
      return world;
    });
  }
}

describe.each(MARKET_VERSIONS)('a resting order of the live exchange, market of %s', (marketVersion) => {
  const aResting = {
    side: 'SELL',
    orderType: 'GTC',
    negRisk: false,
    marketVersion,
    sharesMicros: 10_000_000n,
  } as const;

  async function rest() {
    const world = await createLiveWorld(0, marketVersion);
    worlds.push(world);
    const { exchange, position } = world;
    const soon = () => world.nowMs() + 6_000;
    await world.setBook({ bids: [['0.49', '100']], asks: [['0.50', '100']] });
    const { tokenId } = position;
    const bought = await exchange.prepareOrder(
      position,
      { ...aResting, side: 'BUY', orderType: 'FOK', tokenId, limitPriceMicros: 500_000n },
      1,
    );
    await exchange.postOrder(position, bought, soon());
    await world.settle();
    const intent = await exchange.prepareOrder(position, { ...aResting, tokenId, limitPriceMicros: 520_000n }, 2);
    return { ...world, soon, intent, reply: await exchange.postOrder(position, intent, soon()) };
  }

  it('works until it is cancelled', async () => {
    const { exchange, position, soon, intent, reply } = await rest();
    expect(reply).toEqual({ outcome: 'accepted', working: true, reported: NO_FILLS });
    expect(await exchange.listRestingOrders(position, soon())).toEqual([intent.orderHash]);
    expect(await exchange.listOrders(position, [intent.orderHash], soon())).toMatchObject([{ working: true }]);
    await exchange.cancelRestingOrders(position, soon());
    expect(await exchange.listRestingOrders(position, soon())).toEqual([]);
  });

  it('is filled as a maker, without a fee, and still found when the venue has forgotten the order', async () => {
    const { exchange, position, soon, intent, controls, setBook, settle } = await rest();
    await setBook({ bids: [['0.53', '100']], asks: [] });
    await exchange.listOrders(position, [intent.orderHash], soon());
    await settle();
    controls.setSettings({ finishedOrders: false, statusPrefix: true, pageSize: 1 });
    const [record] = await exchange.listOrders(position, [intent.orderHash], soon());
    expect(record).toMatchObject({ orderHash: intent.orderHash, working: false });
    expect(record!.trades).toMatchObject([{ side: 'SELL', sharesMicros: 10_000_000n, feesMicros: 0n }]);
  });

  it('is refused when it would take from the book', async () => {
    const { exchange, position, soon } = await rest();
    const crossing = { ...aResting, tokenId: position.tokenId, limitPriceMicros: 480_000n };
    await exchange.cancelRestingOrders(position, soon());
    const intent = await exchange.prepareOrder(position, crossing, 3);
    const reply = await exchange.postOrder(position, intent, soon());
    expect(reply).toMatchObject({ outcome: 'refused', text: expect.stringMatching(/cross/) });
  });
});
