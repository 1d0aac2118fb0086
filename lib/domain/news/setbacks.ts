import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { Setback } from './day-summary.ts';

type Run = { readonly count: number; readonly sinceMs: number | null; readonly healedMs: readonly number[] };

/** What kept sells from being accepted, by cause: from the first refusal until the next accepted sell. */
export function setbacksOf(events: Iterable<PositionEvent>): readonly Setback[] {
  const runs = new Map<SetbackCause, Run>();
  let isExiting = false;
  for (const event of events) {
    if (event.type === 'sell-intended') isExiting = true;
    if (!isExiting) continue;
    const cause = causeOf(event);
    if (cause !== null) runs.set(cause, refused(runs.get(cause), event.atMs));
    else if (isTaken(event)) for (const [each, run] of runs) runs.set(each, healed(run, event.atMs));
  }
  return [...runs].map(([cause, { count, healedMs }]) => ({ cause, count, healedMs }));
}

/**
 * How long each run of refused sells lasted, whatever their causes: from its first refusal to the next sell that was
 * taken, or to `closedAtMs` where none was.
 */
export function healingOf(events: Iterable<PositionEvent>, closedAtMs: number): readonly number[] {
  let run: Run | undefined;
  let isExiting = false;
  for (const event of events) {
    if (event.type === 'sell-intended') isExiting = true;
    if (!isExiting) continue;
    if (causeOf(event) !== null) run = refused(run, event.atMs);
    else if (run !== undefined && isTaken(event)) run = healed(run, event.atMs);
  }
  return run === undefined ? [] : healed(run, closedAtMs).healedMs;
}

function causeOf(event: PositionEvent): SetbackCause | null {
  if (event.type === 'order-refused') return event.cause;
  return event.type === 'order-not-sent' ? event.code : null;
}

function isTaken(event: PositionEvent): boolean {
  if (event.type === 'order-accepted') return event.reported.sharesMicros > 0n || event.working;
  return (
    event.type === 'orders-observed' &&
    event.orders.some(({ trades }) => trades.some(({ side, status }) => side === 'SELL' && status !== 'failed'))
  );
}

function refused(run: Run | undefined, atMs: number): Run {
  if (run === undefined) return { count: 1, sinceMs: atMs, healedMs: [] };
  return { ...run, count: run.count + 1, sinceMs: run.sinceMs ?? atMs };
}

function healed(run: Run, atMs: number): Run {
  if (run.sinceMs === null) return run;
  return { ...run, sinceMs: null, healedMs: [...run.healedMs, atMs - run.sinceMs] };
}
