const two = (value: number): string => String(value).padStart(2, '0');

/** A moment in UTC, `01:13:00 UTC`, with the date when that is not the date of `nowMs`: `2026-11-22 01:13:00 UTC`. */
export function utcTime(atMs: number, nowMs: number): string {
  return `${utcClock(atMs, nowMs)} UTC`;
}

/** `utcTime` without the zone, for a column whose head names it. */
export function utcClock(atMs: number, nowMs: number): string {
  const [date = '', clock = ''] = isoTime(atMs).split('T');
  const time = clock.slice(0, 8);
  return isoTime(nowMs).startsWith(date) ? time : `${date} ${time}`;
}

/** The time of day in UTC to the millisecond, `01:13:00.123`, without date and zone. */
export function utcClockMs(atMs: number): string {
  return isoTime(atMs).slice(-13, -1);
}

/** ISO 8601. A time that no calendar holds becomes 1970: it must not stop a message from being sent. */
export function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

/** `2026-11-29 00:00 UTC`. */
export function minuteText(atMs: number): string {
  return `${isoTime(atMs).slice(0, 16).replace('T', ' ')} UTC`;
}

/** `2:05`, from an hour on `8:23:47`; whole seconds, rounded towards zero. */
export function clockText(durationMs: number): string {
  const seconds = Math.floor(Math.abs(durationMs) / 1_000);
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** Time left: `2:05`, `8:23:47`, rounded up to the whole second; `0:00` once the moment has passed. */
export function countdown(leftMs: number): string {
  return leftMs <= 0 ? '0:00' : clockText(Math.ceil(leftMs / 1_000) * 1_000);
}

/** A moment relative to the market's end: `T−2:00`, `T+0:04`. */
export function tMinus(marketEndsAtMs: number, atMs: number): string {
  const leftMs = marketEndsAtMs - atMs;
  return leftMs >= 0 ? `T−${countdown(leftMs)}` : `T+${clockText(leftMs)}`;
}

/** `0.3 s`, `12.0 s`. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}

/** A pause between two tries, without needless decimals: `1 s`, `2.5 s`. */
export function pause(durationMs: number): string {
  return `${Math.max(Math.round(durationMs / 100) / 10, 0)} s`;
}

/** How long a position was held: `45 s`, `2 min 31 s`. */
export function holdingTime(durationSeconds: number): string {
  const whole = Math.max(0, Math.round(durationSeconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How long something took, short or long: `40 ms`, `2.5 s`, `30 s`, `1:05 min`. */
export function tookText(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 10_000) return `${Math.round(durationMs / 100) / 10} s`;
  return durationMs < 60_000 ? `${Math.round(durationMs / 1_000)} s` : `${clockText(durationMs)} min`;
}
