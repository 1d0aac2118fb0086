/** An announced time in which the venue accepts no marketable orders. Unix milliseconds. */
export type MaintenanceWindow = { readonly startsAtMs: number; readonly endsAtMs: number };

/** A time without an offset would mean another hour on each machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Parses `2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`. Undefined for anything else, and when it ends before it starts.
 */
export function parseMaintenanceWindow(text: string): MaintenanceWindow | undefined {
  const [startsAtMs = Number.NaN, endsAtMs = Number.NaN, ...others] = text
    .split('/')
    .map((time) => (TIME.test(time.trim()) ? Date.parse(time.trim()) : Number.NaN));
  return others.length === 0 && startsAtMs < endsAtMs ? { startsAtMs, endsAtMs } : undefined;
}
