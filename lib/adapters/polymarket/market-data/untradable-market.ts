import type { OpeningRefusalCode, UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';

/** A market that the venue lists and that cannot be bought in; `why` continues "The market <slug> …". */
export function untradable(slug: string, code: OpeningRefusalCode, why: string): UntradableMarket {
  const advice = code === 'market-not-ready' ? 'Try again in a minute, or choose' : 'Choose';
  return { slug, refusal: { code, message: `The market ${slug} ${why}. ${advice} another market.` } };
}
