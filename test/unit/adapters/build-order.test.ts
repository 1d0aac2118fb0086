import { createL1Headers, createL2Headers, OrderBuilder, Side } from '@polymarket/clob-client-v2';
import fc from 'fast-check';
import { createWalletClient, domainSeparator, hashTypedData, http, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { polygon } from 'viem/chains';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toClobSigner } from '#lib/adapters/polymarket/clob-signer.ts';
import { buildOrder, type SignedVenueOrder } from '#lib/adapters/polymarket/orders/build-order.ts';
import { signRequest } from '#lib/adapters/polymarket/request-headers.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import { V2_UP_ID } from '#test/factories/a-market.ts';
import { aLiveSell, TEST_ADDRESS, TEST_CREDENTIALS, TEST_FUNDER, TEST_KEY } from '#test/fixtures/live-account.ts';

const SALT = '479249096354';
const AT_MS = 1_773_307_380_000;
const ACCOUNT = createKeySigningAccount(TEST_KEY);
/** What the package itself is given: the wallet client it documents, nothing of ours. */
const WALLET_CLIENT = createWalletClient({
  account: privateKeyToAccount(TEST_KEY),
  chain: polygon,
  transport: http('http://127.0.0.1:1'),
});

/** The package draws salt and time from the process: they are held still while it works. */
async function buildWithPackage(
  signatureType: SignatureType,
  maker: string,
  { negRisk, side, tokenId, marketVersion }: OrderTerms,
) {
  vi.spyOn(Math, 'random').mockReturnValue(Number(SALT) / AT_MS);
  vi.spyOn(Date, 'now').mockReturnValue(AT_MS);
  const builder = new OrderBuilder(WALLET_CLIENT, 137, signatureType, maker);
  const order = { tokenID: tokenId, price: 0.57, size: 36.01, side: side === 'BUY' ? Side.BUY : Side.SELL };
  return (await builder.buildOrder(
    order,
    { tickSize: '0.01', negRisk },
    marketVersion === 'v1' ? 2 : 3,
  )) as SignedVenueOrder;
}

async function buildOurs(signatureType: SignatureType, maker: string, terms: OrderTerms = aLiveSell()) {
  const wallet = { address: maker, signatureType, signerAddress: ACCOUNT.address };
  const built = await buildOrder(wallet, { ...terms, salt: SALT, timestampMs: AT_MS });
  return { ...built, order: built.withSignature(await ACCOUNT.signDigest(built.digest)) };
}

afterEach(() => vi.restoreAllMocks());

describe('an order of ours beside the one of the unmodified package', () => {
  const TOKENS = { v1: aLiveSell().tokenId, v2: V2_UP_ID };
  const CASES = (['v1', 'v2'] as const).flatMap((marketVersion) =>
    ([0, 1, 2, 3] as const).flatMap((type) =>
      [false, true].flatMap((negRisk) =>
        (['BUY', 'SELL'] as const).map((side) => [marketVersion, type, negRisk, side] as const),
      ),
    ),
  );

  it.each(CASES)(
    '%s, type %i, neg risk %s, %s: every field and the signature are the same',
    async (marketVersion, type, negRisk, side) => {
      const maker = type === 0 ? TEST_ADDRESS : TEST_FUNDER;
      const terms = aLiveSell({ marketVersion, tokenId: TOKENS[marketVersion], negRisk, side });
      const { order } = await buildOurs(type, maker, terms);
      expect(order).toEqual(await buildWithPackage(type, maker, terms));
    },
  );

  it.each(CASES)('%s, type %i, neg risk %s, %s: the hash is that of the inner order', async (...each) => {
    const [marketVersion, type, negRisk, side] = each;
    const maker = type === 0 ? TEST_ADDRESS : TEST_FUNDER;
    const terms = aLiveSell({ marketVersion, tokenId: TOKENS[marketVersion], negRisk, side });
    const { order, orderHash, digest } = await buildOurs(type, maker, terms);
    expect(orderHash).toBe(hashOf(order, domainOf(terms)));
    const signature = order.signature.slice(0, 132) as `0x${string}`;
    expect(await recoverAddress({ hash: digest as `0x${string}`, signature })).toBe(TEST_ADDRESS);
    expect(digest === orderHash).toBe(type !== 3);
  });

  it('is of the domain whose separator the exchange of version 2 has on chain', () => {
    const domain = domainOf(aLiveSell({ marketVersion: 'v2' }));
    expect(domainSeparator({ domain })).toBe('0x466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b');
  });

  it('names a deposit wallet as its own signer, and every other wallet the key', async () => {
    const signers = await Promise.all(
      ([0, 1, 2, 3] as const).map(async (type) => {
        const { order } = await buildOurs(type, type === 0 ? TEST_ADDRESS : TEST_FUNDER);
        return [order.maker, order.signer];
      }),
    );
    expect(signers).toEqual([
      [TEST_ADDRESS, TEST_ADDRESS],
      [TEST_FUNDER, TEST_ADDRESS],
      [TEST_FUNDER, TEST_ADDRESS],
      [TEST_FUNDER, TEST_FUNDER],
    ]);
  });

  it('has another hash for another salt, time, size, price, side, token or exchange', async () => {
    const fields = { ...aLiveSell(), salt: SALT, timestampMs: AT_MS };
    const wallet = { address: TEST_ADDRESS, signatureType: 0, signerAddress: TEST_ADDRESS } as const;
    const hashes = await Promise.all(
      [
        fields,
        { ...fields, salt: '1' },
        { ...fields, timestampMs: AT_MS + 1 },
        { ...fields, sharesMicros: 36_000_000n },
        { ...fields, limitPriceMicros: 580_000n },
        { ...fields, side: 'BUY' as const },
        { ...fields, tokenId: `${fields.tokenId.slice(0, -1)}7` },
        { ...fields, negRisk: true },
        { ...fields, tokenId: V2_UP_ID, marketVersion: 'v2' as const },
      ].map(async (each) => (await buildOrder(wallet, each)).orderHash),
    );
    expect(new Set(hashes).size).toBe(9);
    expect((await buildOrder(wallet, { ...fields, orderType: 'GTC' })).orderHash).toBe(hashes[0]);
  });

  it('takes a wallet in any spelling of its address', async () => {
    const lower = await buildOurs(2, TEST_FUNDER.toLowerCase());
    expect(lower.order.maker).toBe(TEST_FUNDER);
  });

  it.each([
    ['a token of version 2 in an order of version 1', { tokenId: V2_UP_ID }, /another market version/],
    ['a token of version 1 in an order of version 2', { marketVersion: 'v2' as const }, /another market version/],
    ['a size that is finer than 0.01', { sharesMicros: 36_015_000n }, /multiple of 0.01/],
    ['no size', { sharesMicros: 0n }, /multiple of 0.01/],
    ['a price between the ticks', { limitPriceMicros: 570_050n }, /step of 0.0001/],
    ['a price of one dollar', { limitPriceMicros: 1_000_000n }, /between 0 and 1/],
  ])('refuses %s by name', async (_name, terms, message) => {
    const wallet = { address: TEST_ADDRESS, signatureType: 0, signerAddress: TEST_ADDRESS } as const;
    const fields = { ...aLiveSell(terms), salt: SALT, timestampMs: AT_MS };
    await expect(buildOrder(wallet, fields)).rejects.toThrow(message);
  });
});

describe('headers of requests', () => {
  it('of level 2 are those of the unmodified package, for any secret and body', async () => {
    // A secret in either alphabet, with or without its padding.
    const text = (encoding: 'base64' | 'base64url') =>
      fc.uint8Array({ minLength: 16, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString(encoding));
    const body = fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.oneof(text('base64'), text('base64url')), body, async (secret, content) => {
        const credentials = { ...TEST_CREDENTIALS, secret };
        const signed = { method: 'POST', ...(content !== undefined && { body: content }) };
        expect(signRequest(ACCOUNT.address, credentials, { ...signed, path: '/order' }, 1_773_307_380)).toEqual(
          await createL2Headers(WALLET_CLIENT, credentials, { ...signed, requestPath: '/order' }, 1_773_307_380),
        );
      }),
    );
  });

  it('of level 1 are those of the unmodified package', async () => {
    expect(await createL1Headers(toClobSigner(ACCOUNT), 137, 0, 1_773_307_380)).toEqual(
      await createL1Headers(WALLET_CLIENT, 137, 0, 1_773_307_380),
    );
  });
});

function domainOf({ marketVersion, negRisk }: OrderTerms) {
  const shared = { name: 'Polymarket CTF Exchange', chainId: 137 };
  if (marketVersion === 'v2')
    return { ...shared, version: '3', verifyingContract: '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa' } as const;
  const exchange = negRisk
    ? '0xe2222d279d744050d28e00520010520000310F59'
    : '0xE111180000d2663C0091e4f400237545B87B996B';
  return { ...shared, version: '2', verifyingContract: exchange } as const;
}

function hashOf(order: SignedVenueOrder, domain: ReturnType<typeof domainOf>) {
  const uint = <Name extends string>(name: Name) => ({ name, type: 'uint256' }) as const;
  return hashTypedData({
    domain,
    types: {
      Order: [
        uint('salt'),
        { name: 'maker', type: 'address' },
        { name: 'signer', type: 'address' },
        uint('tokenId'),
        uint('makerAmount'),
        uint('takerAmount'),
        { name: 'side', type: 'uint8' },
        { name: 'signatureType', type: 'uint8' },
        uint('timestamp'),
        { name: 'metadata', type: 'bytes32' },
        { name: 'builder', type: 'bytes32' },
      ],
    },
    primaryType: 'Order',
    message: {
      ...order,
      maker: order.maker as `0x${string}`,
      signer: order.signer as `0x${string}`,
      salt: BigInt(order.salt),
      tokenId: BigInt(order.tokenId),
      makerAmount: BigInt(order.makerAmount),
      takerAmount: BigInt(order.takerAmount),
      timestamp: BigInt(order.timestamp),
      side: order.side === 'BUY' ? 0 : 1,
      metadata: order.metadata as `0x${string}`,
      builder: order.builder as `0x${string}`,
    },
  });
}
