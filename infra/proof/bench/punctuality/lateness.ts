/** How late things came, in milliseconds after the due time; a negative figure is early. */
export type Lateness = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number; readonly n: number };

/** Percentiles by nearest rank: every figure is one that was measured. Zeros when nothing was. */
export function summariseLateness(latenessesMs: readonly number[]): Lateness {
  const sorted = [...latenessesMs].sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0;
  return { p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1), n: sorted.length };
}
