import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';

export type PastPriceDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly dataHost: string;
  readonly clobHost: string;
};

/** What a token's price was: no bid, and of no size. */
export type PastPrice = {
  readonly priceMicros: bigint;
  readonly observedAtMs: number;
  /** The price was observed within this long from then on; 0 for an exact time. */
  readonly resolutionMs: number;
};

const PriceSchema = DecimalMicrosSchema.check(z.refine((micros) => micros <= ONE_MICROS));
/** Of the Data API: seconds, and dollars per share. */
export const PriceHistorySchema = z.looseObject({
  data: z.nullable(
    z.array(z.looseObject({ timestamp: TimeMsSchema, price: PriceSchema, resolution_seconds: z.int() })),
  ),
});
const ClobSchema = z.looseObject({ history: z.nullish(z.array(z.looseObject({ t: TimeMsSchema, p: PriceSchema }))) });

const WHAT = 'the price history';
/** Of the CLOB: the finest there is. */
const CLOB_FIDELITY_MS = 60_000;
const CLOB_LOOK_BACK_MS = 600_000;

/**
 * The last observation at or before `atMs` (venue §10.6). Null where none is known.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function findPastPrice(
  deps: PastPriceDeps,
  tokenId: string,
  atMs: number,
  deadlineAtMs: number,
): Promise<PastPrice | null> {
  const atSeconds = Math.floor(atMs / 1_000);
  const query = { token_id: tokenId, as_of: String(atSeconds) };
  const url = joinUrl(deps.dataHost, '/v2/prices-history', query);
  const { status, body } = await getJson(deps, { url, what: WHAT, deadlineAtMs });
  if (status === 404) return findAtClob(deps, tokenId, atSeconds, deadlineAtMs);
  if (status >= 400) throw new UnexpectedReplyError(`The Data API refused to return ${WHAT} (status ${status})`);
  const points = (parseReply(PriceHistorySchema, body, WHAT).data ?? []).map(
    ({ timestamp, price, resolution_seconds }) => ({
      priceMicros: price,
      observedAtMs: timestamp,
      resolutionMs: resolution_seconds * 1_000,
    }),
  );
  return lastBefore(points, atMs);
}

async function findAtClob(
  deps: PastPriceDeps,
  tokenId: string,
  atSeconds: number,
  deadlineAtMs: number,
): Promise<PastPrice | null> {
  const url = joinUrl(deps.clobHost, '/prices-history', {
    market: tokenId,
    startTs: String(atSeconds - CLOB_LOOK_BACK_MS / 1_000),
    endTs: String(atSeconds + 1),
    fidelity: '1',
  });
  const { status, body } = await getJson(deps, { url, what: WHAT, deadlineAtMs });
  if (status >= 400) return null;
  const points = (parseReply(ClobSchema, body, WHAT).history ?? []).map(({ t, p }) => ({
    priceMicros: p,
    observedAtMs: t,
    resolutionMs: CLOB_FIDELITY_MS,
  }));
  return lastBefore(points, atSeconds * 1_000);
}

function lastBefore(points: readonly PastPrice[], atMs: number): PastPrice | null {
  const known = points.filter(({ observedAtMs }) => observedAtMs <= atMs);
  return known.toSorted((a, b) => b.observedAtMs - a.observedAtMs)[0] ?? null;
}
