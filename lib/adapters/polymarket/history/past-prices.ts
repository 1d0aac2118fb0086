import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import type { Span } from '#lib/domain/market/up-down-markets.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { PriceHistory, PricePoint } from '#lib/ports/venue/price-history.ts';
import { type PastPriceDeps, PriceHistorySchema } from './find-past-price.ts';

/** The longest window that the Data API answers (venue §10.6). */
const WINDOW_SECONDS_MAX = 15 * 86_400;
/** 10,000 points on a page, which is more than a window has at a minute each where it is no longer than six days. */
const HISTORY_BYTES_MAX = 2_000_000;

/** The Data API's observations of a token's price, as fine as it still keeps them. */
export function createPastPrices(deps: Omit<PastPriceDeps, 'clobHost'>): Pick<PriceHistory, 'listToken'> {
  return {
    async listToken(tokenId, span, deadlineAtMs) {
      const url = joinUrl(deps.dataHost, '/v2/prices-history', { token_id: tokenId, ...windowOf(span) });
      const request = { url, what: WHAT, deadlineAtMs, bytesMax: HISTORY_BYTES_MAX };
      const { status, body } = await getJson(deps, request);
      if (status >= 400) throw new UnexpectedReplyError(`The Data API refused to return ${WHAT} (status ${status})`);
      const points = parseReply(PriceHistorySchema, body, WHAT).data ?? [];
      return points.map(({ timestamp, price }): PricePoint => ({ atMs: timestamp, priceMicros: price }));
    },
  };
}

const WHAT = 'the price history';

/** The newest part of a span that is too long. `end` is exclusive. */
function windowOf({ startsAtMs, endsAtMs }: Span): { readonly start: string; readonly end: string } {
  const end = Math.ceil(endsAtMs / 1_000) + 1;
  return { start: String(Math.max(Math.floor(startsAtMs / 1_000), end - WINDOW_SECONDS_MAX)), end: String(end) };
}
