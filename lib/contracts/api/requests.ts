import * as z from 'zod/mini';
import { exitPartShape } from '#lib/contracts/exit-part.ts';
import { MarketSlugSchema, RequestIdSchema } from '#lib/contracts/open-request.ts';
import { TimeInputSchema } from '#lib/contracts/time-input.ts';
import { IdSchema } from '#lib/contracts/wake-message.ts';
import { MODES, POSITION_STATES } from '#lib/domain/position/position.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';

/** The largest page of a list. Its answer stays far below the 6 MB of a function's answer. */
export const PAGE_LIMIT_MAX = 100;
const PAGE_LIMIT = 50;
const TEXT_LENGTH_MAX = 200;

const ModeSchema = z.exactOptional(z.enum(MODES));

const LIMIT_MESSAGE = `must be a whole number from 1 to ${PAGE_LIMIT_MAX}`;

/** A whole number as JSON, or as text in a query. */
const LimitSchema = z.pipe(
  z.union(
    [
      z.int().check(z.gte(1, LIMIT_MESSAGE), z.lte(PAGE_LIMIT_MAX, LIMIT_MESSAGE)),
      z.string().check(z.regex(/^([1-9]\d?|100)$/, LIMIT_MESSAGE)),
    ],
    LIMIT_MESSAGE,
  ),
  z.transform(Number),
);

/** A list's own token holds signs that a URL does not. */
const PageTokenSchema = z.pipe(
  z.string().check(z.regex(/^[A-Za-z0-9_-]{1,200}$/, 'must be the nextPageToken of the page before')),
  z.transform((token) => Buffer.from(token, 'base64url').toString('utf8')),
);

export function encodePageToken(token: string): string {
  return Buffer.from(token, 'utf8').toString('base64url');
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The library's own date adds 2 kB to what every opening loads. The runtime reads `02-31` as a day of March. */
function isDay(text: string): boolean {
  const atMs = DAY.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

const DaySchema = z.string().check(z.refine(isDay, { message: 'must be a UTC day such as 2026-11-30' }));

const SINCE_MESSAGE = 'must be a day such as 2026-11-30 (UTC), a time with its zone, or a span such as 36h or 7d';
const SPAN = /^(\d{1,4})(h|d)$/;
const SPAN_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** The beginning of a list: a moment, or how long before now. */
export type Since = { readonly atMs: number } | { readonly agoMs: number };

export const SinceSchema = z.pipe(
  z.union([z.string().check(z.maxLength(40)), z.number()], SINCE_MESSAGE),
  z.transform((value, context): Since => {
    const [, count, unit] = SPAN.exec(String(value)) ?? [];
    if (unit === 'h' || unit === 'd') return { agoMs: Number(count) * SPAN_MS[unit] };
    const text = typeof value === 'string' && isDay(value) ? `${value}T00:00:00Z` : value;
    const atMs = TimeInputSchema.safeParse(text);
    if (atMs.success) return { atMs: atMs.data };
    context.issues.push({ code: 'custom', input: value, message: SINCE_MESSAGE });
    return z.NEVER;
  }),
);

/** A caller's clock may be ahead of ours; a time further off is a mistake, and its empty list would hide it. */
const SINCE_AHEAD_MS_MAX = SPAN_MS.d;

/** @throws InvalidInputError when the time has not come yet */
export function sinceMs(since: Since, nowMs: number): number {
  const atMs = 'atMs' in since ? since.atMs : nowMs - since.agoMs;
  if (atMs > nowMs + SINCE_AHEAD_MS_MAX) throw new InvalidInputError('since: must be a time that has passed');
  return atMs;
}

/** Newest first. `since` belongs to positions that ended; without it their list begins with yesterday, UTC. */
export const ListRequestSchema = z.strictObject({
  /** Default: `open`, or with `since`, `closed`. */
  state: z.exactOptional(z.enum(['open', 'closed', ...POSITION_STATES])),
  mode: ModeSchema,
  since: z.exactOptional(SinceSchema),
  limit: z._default(LimitSchema, PAGE_LIMIT),
  pageToken: z.exactOptional(PageTokenSchema),
});

export const ShowRequestSchema = z.strictObject({ positionId: IdSchema });

export const DayRequestSchema = z.strictObject({
  day: DaySchema,
  mode: ModeSchema,
});

export const StatusRequestSchema = z.strictObject({});

/** With a `requestId`, a repeated request is answered with what became of the first one. */
export const ExitRequestSchema = z
  .strictObject({ positionId: IdSchema, requestId: z.exactOptional(RequestIdSchema), ...exitPartShape })
  .check(
    z.refine(({ shares, requestId }) => shares === undefined || requestId !== undefined, {
      path: ['requestId'],
      message: 'is required with shares: a call that is repeated without it would sell them twice',
    }),
  );

/** Of every open position, or those of a mode or market. */
export const ExitAllRequestSchema = z.strictObject({
  requestId: z.exactOptional(RequestIdSchema),
  mode: ModeSchema,
  marketSlug: z.exactOptional(MarketSlugSchema),
  minPrice: exitPartShape.minPrice,
});

/** Shown in terminals and in Discord: without control characters and signs that turn the text around. */
const TextSchema = z.pipe(
  z.string().check(z.maxLength(TEXT_LENGTH_MAX)),
  z.transform((text) => text.replace(/[\p{C}\s]+/gu, ' ').trim()),
);

/** Without `mode`: both modes. `by` is by default the caller's identity in IAM. */
export const HaltRequestSchema = z.strictObject({
  requestId: z.exactOptional(RequestIdSchema),
  mode: ModeSchema,
  reason: z.exactOptional(TextSchema),
  by: z.exactOptional(TextSchema),
  /** Exit every open position of these modes as well, once nothing more can be opened. */
  flatten: z.exactOptional(z.boolean()),
});

export const ResumeRequestSchema = z.strictObject({
  requestId: z.exactOptional(RequestIdSchema),
  mode: ModeSchema,
});
