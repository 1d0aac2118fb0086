import * as z from 'zod/mini';
import { isSameName, OUTCOMES } from '#lib/domain/market/market.ts';
import {
  ASSETS,
  type Asset,
  assetOfSlug,
  findWindow,
  marketSlug,
  parseMarketSlug,
  WINDOWS,
  type Window,
  windowAt,
} from '#lib/domain/market/up-down-markets.ts';
import { parseMaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import type { OwnTerms } from '#lib/domain/plan/plan-opening.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import { MODES } from '#lib/domain/position/position.ts';
import { dollarsSchema } from './dollars-schema.ts';
import { ruleShape, toAskedRules } from './rule-fields.ts';
import { TimeInputSchema } from './time-input.ts';

const WINDOW_DEFAULT: Window = '5m';
/** Makes a request that acts safe to repeat. */
export const RequestIdSchema = z
  .string()
  .check(z.regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ : -'));
export const MarketSlugSchema = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,128}$/, 'must be a market slug such as btc-updown-5m-1773307200'));

function wholeNumberSchema(unit: string, min: number, max: number) {
  const message = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.int(message).check(z.gte(min, message), z.lte(max, message));
}

const UsdSchema = dollarsSchema('must be an amount of dollars such as 25 or "25.50"').check(
  z.refine((micros) => micros > 0n, { message: 'must be more than 0' }),
);

const { exitLeadMsMin, exitLeadMsMax, minPriceMicrosMax, slackTicksMax } = EXIT_TERM_BOUNDS;
const MAINTENANCE_COUNT_MAX = 20;

/** What a request may choose of its exit instead of the stage's settings. */
export const exitTermsShape = {
  /** The exit is due this many seconds before the market's end. */
  exitLeadSeconds: z.exactOptional(wholeNumberSchema('seconds', exitLeadMsMin / 1_000, exitLeadMsMax / 1_000)),
  /** Dollars per share below which nothing is sold. */
  floor: z.exactOptional(
    dollarsSchema('must be a price in dollars such as 0.05').check(
      z.refine((micros) => micros > 0n && micros <= minPriceMicrosMax, {
        message: `must be more than 0 and at most ${Number(minPriceMicrosMax) / 1e6} dollars a share`,
      }),
    ),
  ),
  /** How many ticks beyond the best price the buy and the first sells may go. */
  slackTicks: z.exactOptional(wholeNumberSchema('ticks', 0, slackTicksMax)),
  /** Where sells are blocked, buy the other outcome and merge both. */
  merge: z.exactOptional(z.boolean()),
};

/** What an opening may choose. */
const termsShape = {
  ...exitTermsShape,
  /** Maintenance of the venue, in addition to the stage's: the opening is refused when its exit would fall into it. */
  maintenance: z.exactOptional(
    z
      .array(
        z.pipe(
          z.string().check(z.maxLength(80)),
          z.transform((text, context) => {
            const window = parseMaintenanceWindow(text);
            if (window !== undefined) return window;
            const message = 'must be an interval such as 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z';
            context.issues.push({ code: 'custom', input: text, message });
            return z.NEVER;
          }),
        ),
      )
      .check(z.maxLength(MAINTENANCE_COUNT_MAX)),
  ),
};

/** Names of outcomes are the venue's: "Up", "Yes", a team. */
export const SideSchema = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));

/** For requests that name a market, or mean an up/down window. */
export const sideOfMarket = z.refine<{ readonly side: string; readonly marketSlug?: string }>(
  ({ side, marketSlug }) => !isUpDown(marketSlug) || isUpOrDown(side),
  { path: ['side'], message: `must be ${OUTCOMES.join(' or ')} in an up/down market` },
);

/**
 * Body of an open request, by function URL or invoke. Safe to repeat: the same `requestId` never opens twice. Without
 * `marketSlug` it opens in the window that is running, or in the one that contains `windowAt`.
 */
export const OpenRequestSchema = z
  .strictObject({
    requestId: RequestIdSchema,
    asset: z.exactOptional(z.enum(ASSETS)),
    /** Default: 5m. */
    window: z.exactOptional(z.enum(WINDOWS)),
    windowAt: z.exactOptional(TimeInputSchema),
    side: SideSchema,
    usd: UsdSchema,
    mode: z.enum(MODES),
    marketSlug: z.exactOptional(MarketSlugSchema),
    ...termsShape,
    ...ruleShape,
    exitAt: z.exactOptional(TimeInputSchema),
  })
  .check(
    z.refine(({ asset, marketSlug }) => asset !== undefined || marketSlug !== undefined, {
      path: ['asset'],
      message: `must be one of ${ASSETS.join(', ')}, unless marketSlug names the market`,
    }),
    z.refine(({ asset, marketSlug }) => marketSlug === undefined || isOfAsset(marketSlug, asset), {
      path: ['marketSlug'],
      message: 'must be a market of the requested asset; in any other market leave out the asset',
    }),
    z.refine(({ window, marketSlug }) => isOfWindow(marketSlug, window), {
      path: ['window'],
      message: 'must be left out, or be the length of the market that marketSlug names',
    }),
    z.refine(({ exitAt, ...request }) => exitAt === undefined || isInWindow(exitAt, request), {
      path: ['exitAt'],
      message: 'must lie in the window that windowAt names',
    }),
    z.refine(({ windowAt, marketSlug }) => windowAt === undefined || marketSlug === undefined, {
      path: ['windowAt'],
      message: 'must be left out when marketSlug names the market',
    }),
    sideOfMarket,
  );

export type OpenRequest = z.infer<typeof OpenRequestSchema>;

/** The terms that a request chose itself. */
export function toOwnTerms({
  exitLeadSeconds,
  floor,
  slackTicks,
  merge,
  maintenance,
  ...rules
}: Partial<Pick<OpenRequest, keyof typeof termsShape | keyof typeof ruleShape>>): OwnTerms {
  return {
    ...toAskedRules(rules),
    ...(exitLeadSeconds !== undefined && { exitLeadMs: exitLeadSeconds * 1_000 }),
    ...(floor !== undefined && { minPriceMicros: floor }),
    ...(slackTicks !== undefined && { slackTicks }),
    ...(merge !== undefined && { mayMerge: merge }),
    ...(maintenance !== undefined && { maintenance }),
  };
}

/** What is bought where, as `openPosition` takes it. Without `marketSlug`: the window at `nowMs` or at `windowAt`. */
export function toOpenTarget(request: OpenRequest, nowMs: number) {
  const { asset, window = WINDOW_DEFAULT, marketSlug: slug, side, exitAt } = request;
  const exit = exitAt === undefined ? {} : { exitAtMs: exitAt };
  if (slug !== undefined || asset === undefined)
    return { asset: asset ?? assetOfSlug(slug ?? '') ?? null, outcome: side, marketSlug: slug ?? '', ...exit };
  const atMs = request.windowAt ?? nowMs;
  const target = {
    asset,
    outcome: side,
    marketSlug: marketSlug(asset, window, atMs),
    window: { length: window, atMs },
  };
  return { ...target, ...exit };
}

function isOfAsset(slug: string, asset: Asset | undefined): boolean {
  return asset === undefined || assetOfSlug(slug) === asset;
}

/** A slug without a year names a window of any year, each as long. */
function isOfWindow(slug: string | undefined, window: Window | undefined): boolean {
  if (slug === undefined || window === undefined) return true;
  return parseMarketSlug(slug, 0)?.spans.some((span) => findWindow(span) === window) ?? false;
}

function isInWindow(exitAtMs: number, { window = WINDOW_DEFAULT, windowAt: atMs }: Partial<OpenRequest>): boolean {
  if (atMs === undefined) return true;
  const { startsAtMs, endsAtMs } = windowAt(window, atMs);
  return exitAtMs > startsAtMs && exitAtMs < endsAtMs;
}

function isUpDown(slug: string | undefined): boolean {
  return slug === undefined || assetOfSlug(slug) !== undefined;
}

function isUpOrDown(side: string): boolean {
  return OUTCOMES.some((outcome) => isSameName(outcome, side));
}
