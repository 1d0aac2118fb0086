import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
import { versionOfToken } from '#lib/venue/books/market-version.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';

type GammaMarket = {
  readonly version: string;
  readonly conditionId: string;
  readonly clobTokenIds: string | null;
  readonly positionIds?: unknown;
  readonly resolutionStatus?: string;
};

/** The forms are those of live answers: the canaries of 2026-10-05, and Gamma on 2026-10-07. */
describe('markets of both versions at the local venue', () => {
  let venue: LocalVenue;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = Date.now();
    venue = await startLocalVenue({ seed: 'versions', versions: 'both', nowMs: () => nowMs });
  });
  afterEach(() => venue.stop());

  const read = async (url: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(url);
    return { status: response.status, body: await response.json() };
  };
  const gammaOf = async (slug: string): Promise<GammaMarket> =>
    (await read(`${venue.gammaHost}/markets/slug/${slug}`)).body as GammaMarket;
  const clob = (path: string) => read(`${venue.clobHost}${path}`);
  const notFound = { status: 404, body: { error: 'market not found' } };

  it('lists a v2 market by position ids, with a condition of 31 bytes in Gamma and of 32 at the CLOB', async () => {
    venue.setSettings({ gammaIds: 'documented' });
    const { slug } = await addRunningMarket(venue, 600_000, 'v2');
    const { version, conditionId, clobTokenIds, positionIds, resolutionStatus } = await gammaOf(slug);
    expect({ version, clobTokenIds, resolutionStatus }).toEqual({
      version: 'v2',
      clobTokenIds: null,
      resolutionStatus: 'active',
    });
    expect(conditionId).toMatch(/^0x01[0-9a-f]{60}$/);
    expect(positionIds).toEqual([expect.stringMatching(/^\d{75}$/), expect.stringMatching(/^\d{75}$/)]);
    const [up, down] = positionIds as string[];
    expect(BigInt(up ?? '')).toBe(BigInt(conditionId) << 8n);
    expect(BigInt(down ?? '')).toBe(BigInt(up ?? '') + 1n);
    expect(await clob(`/clob-markets/${conditionId}`)).toEqual(notFound);
    expect(await clob(`/clob-markets/${conditionId}00`)).toMatchObject({
      status: 200,
      body: {
        v: 'v2',
        c: `${conditionId}00`,
        cbos: true,
        ao: true,
        t: [
          { t: up, o: 'Up' },
          { t: down, o: 'Down' },
        ],
      },
    });
    expect(await clob(`/book?token_id=${up}`)).toMatchObject({
      status: 200,
      body: { version: 'v2', market: `${conditionId}00`, asset_id: up, min_order_size: '5', neg_risk: false },
    });
    expect(await clob(`/markets-by-token/${up}`)).toMatchObject({ body: { condition_id: `${conditionId}00` } });
    expect(await clob(`/markets/${conditionId}00`)).toMatchObject({ body: { condition_id: `${conditionId}00` } });
    expect(await clob(`/fee-rate?token_id=${down}`)).toEqual({ status: 200, body: { base_fee: 1000 } });
    // The order protocol, not the market's version.
    expect(await clob('/version')).toEqual({ status: 200, body: { version: 2 } });
    venue.setSettings({ gammaConditionBytes: 32 });
    expect((await gammaOf(slug)).conditionId).toBe(`${conditionId}00`);
  });

  it('keeps the forms of a v1 market as they are', async () => {
    venue.setSettings({ gammaIds: 'documented' });
    const { slug, tokenId, conditionId } = await addRunningMarket(venue);
    const gamma = await gammaOf(slug);
    expect(gamma).toMatchObject({ version: 'v1', conditionId: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(gamma).not.toHaveProperty('positionIds');
    expect(gamma).not.toHaveProperty('resolutionStatus');
    const { body } = await clob(`/clob-markets/${conditionId}`);
    expect(body).toMatchObject({ v: 'v1', c: conditionId });
    expect(body).not.toHaveProperty('cbos');
    expect((await clob(`/book?token_id=${tokenId}`)).body).not.toHaveProperty('version');
  });

  it('names ids of both versions where it is told to: those of the other version have no book', async () => {
    venue.setSettings({ gammaIds: 'both' });
    for (const version of MARKET_VERSIONS) {
      const { slug } = await addRunningMarket(venue, 600_000, version);
      const { clobTokenIds, positionIds } = await gammaOf(slug);
      const ids = { v1: JSON.parse(clobTokenIds ?? ''), v2: positionIds } as Record<string, string[]>;
      for (const named of MARKET_VERSIONS) {
        for (const id of ids[named] ?? []) {
          expect(versionOfToken(id)).toBe(named);
          expect((await clob(`/book?token_id=${id}`)).status).toBe(named === version ? 200 : 404);
        }
      }
    }
  });

  it('resolves a v2 market in the words of that version', async () => {
    const { slug, conditionId } = await addRunningMarket(venue, 60_000, 'v2');
    nowMs += 120_000;
    expect(await gammaOf(slug)).toMatchObject({ closed: true, resolutionStatus: 'resolved' });
    expect(await gammaOf(slug)).not.toHaveProperty('umaResolutionStatus');
    expect((await clob(`/clob-markets/${conditionId}00`)).body).not.toHaveProperty('ao');
  });

  it('gives each window one version for good, and mixes them', async () => {
    const versionsOf = async (of: LocalVenue): Promise<readonly string[]> => {
      const slugs = (['BTC', 'ETH'] as const satisfies readonly Asset[]).flatMap((asset) =>
        Array.from({ length: 12 }, (_, index) => marketSlug(asset, '5m', nowMs + index * 300_000)),
      );
      const markets = await Promise.all(slugs.map((slug) => read(`${of.gammaHost}/markets/slug/${slug}`)));
      return markets.map(({ body }) => (body as GammaMarket).version);
    };
    const first = await versionsOf(venue);
    expect(new Set(first)).toEqual(new Set(['v1', 'v2']));
    const again = await startLocalVenue({ seed: 'another', versions: 'both', nowMs: () => nowMs });
    const onlyV2 = await startLocalVenue({ seed: 'versions', versions: 'v2', nowMs: () => nowMs });
    expect(await versionsOf(again)).toEqual(first);
    expect(new Set(await versionsOf(onlyV2))).toEqual(new Set(['v2']));
    await Promise.all([again.stop(), onlyV2.stop()]);
  });
});
