const two = (value: number): string => String(value).padStart(2, '0');

/** `2:05`; whole seconds, towards zero. */
export function minutes(durationMs: number): string {
  const seconds = Math.floor(Math.abs(durationMs) / 1_000);
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** Time to go as a clock that people watch: `2:05`, counted up to the second that has begun; `0:00` once it is there. */
export function countdown(leftMs: number): string {
  return leftMs <= 0 ? '0:00' : minutes(Math.ceil(leftMs / 1_000) * 1_000);
}

/** Time as seen from the market's end: `T−2:00`, `T+0:04`. */
export function tMinus(marketEndsAtMs: number, atMs: number): string {
  const leftMs = marketEndsAtMs - atMs;
  return leftMs >= 0 ? `T−${countdown(leftMs)}` : `T+${minutes(leftMs)}`;
}

/** Wall time of this machine, `19:04:05`. */
export function wallTime(atMs: number): string {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The same to the millisecond. */
export function wallTimeMs(atMs: number): string {
  return `${wallTime(atMs)}.${String(new Date(atMs).getMilliseconds()).padStart(3, '0')}`;
}

/** `0.3 s`, `12.0 s`. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}

/** A pause: `1 s`, `2.5 s`. */
export function pause(durationMs: number): string {
  return `${Math.max(Math.round(durationMs / 100) / 10, 0)} s`;
}
