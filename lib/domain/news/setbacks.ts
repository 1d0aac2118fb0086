import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { Setback } from './day-summary.ts';

type Run = { readonly count: number; readonly sinceMs: number | null; readonly healedMs: readonly number[] };

/** What kept sells from being accepted, by cause: from the first refusal until the next accepted sell. */
export function setbacksOf(events: Iterable<PositionEvent>): readonly Setback[] {
  const runs = new Map<SetbackCause, Run>();
  for (const { atMs, cause } of sellResultsOf(events)) {
    if (cause !== null) runs.set(cause, refused(runs.get(cause), atMs));
    else for (const [each, run] of runs) runs.set(each, healed(run, atMs));
  }
  return [...runs].map(([cause, { count, healedMs }]) => ({ cause, count, healedMs }));
}

/**
 * How long each run of refused sells lasted, whatever their causes: from its first refusal to the next sell that was
 * taken, or to `closedAtMs` where none was.
 */
export function healingOf(events: Iterable<PositionEvent>, closedAtMs: number): readonly number[] {
  let run: Run | undefined;
  for (const { atMs, cause } of sellResultsOf(events)) {
    if (cause !== null) run = refused(run, atMs);
    else if (run !== undefined) run = healed(run, atMs);
  }
  return run === undefined ? [] : healed(run, closedAtMs).healedMs;
}

/** `cause`: what kept a sell from being accepted; null: a sell was taken. */
type SellResult = { readonly atMs: number; readonly cause: SetbackCause | null };

/** Of sells only, neither the buy nor a hedge. Each is taken once: later look-ups show its trades again. */
function* sellResultsOf(events: Iterable<PositionEvent>): Generator<SellResult> {
  const openHashes = new Set<string>();
  for (const event of events) {
    const { atMs } = event;
    if (event.type === 'sell-intended') openHashes.add(event.intent.orderHash);
    const cause = causeOf(event, openHashes);
    if (cause !== null) yield { atMs, cause };
    const taken = takenHashes(event).filter((hash) => openHashes.delete(hash));
    if (taken.length > 0) yield { atMs, cause: null };
  }
}

function causeOf(event: PositionEvent, openHashes: ReadonlySet<string>): SetbackCause | null {
  if (event.type !== 'order-refused' && event.type !== 'order-not-sent') return null;
  if (!openHashes.has(event.orderHash)) return null;
  return event.type === 'order-refused' ? event.cause : event.code;
}

function takenHashes(event: PositionEvent): readonly string[] {
  if (event.type === 'order-accepted') {
    return event.reported.sharesMicros > 0n || event.working ? [event.orderHash] : [];
  }
  if (event.type !== 'orders-observed') return [];
  return event.orders
    .filter(({ trades }) => trades.some(({ status }) => status !== 'failed'))
    .map(({ orderHash }) => orderHash);
}

function refused(run: Run | undefined, atMs: number): Run {
  if (run === undefined) return { count: 1, sinceMs: atMs, healedMs: [] };
  return { ...run, count: run.count + 1, sinceMs: run.sinceMs ?? atMs };
}

function healed(run: Run, atMs: number): Run {
  if (run.sinceMs === null) return run;
  return { ...run, sinceMs: null, healedMs: [...run.healedMs, atMs - run.sinceMs] };
}
