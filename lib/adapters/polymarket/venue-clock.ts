import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { parseReply } from './parse-reply.ts';
import { raceDeadline } from './race-deadline.ts';

export type VenueClockDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly clobHost: string };

export type VenueClock = {
  /**
   * Unix seconds by the venue's clock, or by ours when the venue does not answer. Waits at most 250 ms and never
   * throws.
   */
  nowSeconds(): Promise<number>;
  /** Called after a 401: the venue's clock is read again before the next request. */
  forget(): void;
};

/** The longest that an order waits for the venue's time. */
const PATIENCE_MS = 250;
const READ_DEADLINE_MS = 2_000;
/** After a failed read, so that not every order waits for another one. */
const PAUSE_MS = 10_000;
/** The venue returns whole seconds, so a smaller difference means nothing. */
const TOLERANCE_MS = 1_000;

/** Unix seconds as a number or text. Values too large for seconds are read as milliseconds. */
export const TimeSchema = z.pipe(
  z.union([z.number(), z.pipe(z.string().check(z.regex(/^\d{1,13}$/)), z.transform(Number))]),
  z.pipe(
    z.number().check(z.positive()),
    z.transform((value: number) => (value < 100_000_000_000 ? value : value / 1_000)),
  ),
);

/** Reads the venue's clock at first use and after `forget`; in between it adds the known difference to our clock. */
export function createVenueClock(deps: VenueClockDeps): VenueClock {
  let offsetMs = 0;
  let isKnown = false;
  let nextReadAtMs = 0;
  let reading: { readonly done: Promise<void>; readonly patientUntilMs: number } | undefined;
  const read = async (): Promise<void> => {
    try {
      offsetMs = await readOffsetMs(deps);
      isKnown = true;
    } catch {
      nextReadAtMs = deps.clock.nowMs() + PAUSE_MS;
    } finally {
      reading = undefined;
    }
  };
  return {
    async nowSeconds() {
      if (!isKnown && deps.clock.nowMs() >= nextReadAtMs) {
        // The limit counts from the start of the read, not from each caller's wait.
        reading ??= { patientUntilMs: deps.clock.nowMs() + PATIENCE_MS, done: read() };
        await raceDeadline(deps.clock, reading.done, reading.patientUntilMs);
      }
      return Math.floor((deps.clock.nowMs() + offsetMs) / 1_000);
    },
    forget() {
      isKnown = false;
    },
  };
}

async function readOffsetMs({ clock, clobHost }: VenueClockDeps): Promise<number> {
  const askedAtMs = clock.nowMs();
  const url = joinUrl(clobHost, '/time');
  const { body } = await getJson(
    { clock },
    { url, what: "the venue's time", deadlineAtMs: askedAtMs + READ_DEADLINE_MS },
  );
  const seconds = parseReply(TimeSchema, body, "the venue's time");
  const venueAtMs = seconds * 1_000 + 500;
  const differenceMs = venueAtMs - (askedAtMs + clock.nowMs()) / 2;
  return Math.abs(differenceMs) <= TOLERANCE_MS ? 0 : differenceMs;
}
