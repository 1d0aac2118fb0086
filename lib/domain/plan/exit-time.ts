import type { Market } from '#lib/domain/market/market.ts';
import { findWindow } from '#lib/domain/market/up-down-markets.ts';
import type { MaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import type { ExitPolicy } from '#lib/domain/position/exit-policy.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';

export type ExitTimeInput = {
  readonly nowMs: number;
  /** The time that the request gave; undefined for T − exit lead. */
  readonly exitAtMs?: number | undefined;
  readonly exitPolicy: Pick<ExitPolicy, 'exitLeadMs' | 'lastOrderLeadMs'>;
  readonly openingPolicy: {
    readonly timeToExitMsMin: number;
    readonly maintenance: readonly MaintenanceWindow[];
  };
};

/**
 * When the exit is due, in Unix milliseconds, or why that time is refused. An exit needs time before it, so that the
 * buy can settle, and the exit lead after it, for its retries.
 */
export function planExitTime(input: ExitTimeInput, market: Market): number | OpeningRefusal {
  const { nowMs, exitAtMs, exitPolicy, openingPolicy } = input;
  const { slug, endsAtMs } = market;
  if (exitAtMs === undefined && market.asset === null) {
    return {
      code: 'exit-time-required',
      message: `The market ${slug} is not an up/down window, so T-minus does not know when to leave it. Pass the exit time as exitAt (--exit-at), for example ${isoOf(nowMs + 3_600_000)}.`,
    };
  }
  if (exitPolicy.exitLeadMs <= exitPolicy.lastOrderLeadMs) return leadTooShort(exitPolicy);
  const latestAtMs = endsAtMs - exitPolicy.exitLeadMs;
  const exitDueAtMs = exitAtMs ?? latestAtMs;
  if (exitDueAtMs > latestAtMs) {
    const lead = `${Math.ceil(exitPolicy.exitLeadMs / 1_000)} s`;
    return {
      code: 'exit-time-invalid',
      message: `The exit would be at ${timeOf(exitDueAtMs, nowMs)}, but the market ${slug} ends at ${timeOf(endsAtMs, nowMs)}, and an exit needs ${lead} before that. Choose an exit time until ${isoOf(latestAtMs)}.`,
    };
  }
  if (exitDueAtMs - nowMs < openingPolicy.timeToExitMsMin) {
    const hasNext = exitAtMs === undefined && findWindow(market) !== undefined && !isLeadTooLong(input, market);
    const next = hasNext ? { retryAtMs: endsAtMs } : {};
    return { code: 'too-late-to-exit', message: tooLateText(input, market, exitDueAtMs), ...next };
  }
  return findMaintenanceRefusal(input, exitDueAtMs) ?? exitDueAtMs;
}

function leadTooShort({ exitLeadMs, lastOrderLeadMs }: ExitTimeInput['exitPolicy']): OpeningRefusal {
  const last = `the last order leaves ${countdownOf(lastOrderLeadMs)} before the end`;
  return {
    code: 'too-late-to-exit',
    message: `An exit ${countdownOf(exitLeadMs)} before the end is too late: ${last}. Choose a longer exit lead.`,
  };
}

function findMaintenanceRefusal({ exitPolicy, openingPolicy }: ExitTimeInput, exitDueAtMs: number) {
  const clash = openingPolicy.maintenance.find(
    (window) => window.startsAtMs < exitDueAtMs + exitPolicy.exitLeadMs && window.endsAtMs > exitDueAtMs,
  );
  if (clash === undefined) return undefined;
  const until = new Date(clash.endsAtMs).toISOString().slice(0, 19).replace('T', ' ');
  return {
    code: 'maintenance-window',
    message: `The exit would fall into the venue's announced maintenance, until ${until} UTC. Choose a window that ends outside it.`,
  } as const satisfies OpeningRefusal;
}

/** Names the start of the next window, which is the end of this one where the market is a regular window. */
function tooLateText(input: ExitTimeInput, market: Market, exitDueAtMs: number): string {
  const { nowMs, exitAtMs, openingPolicy } = input;
  const exitAt = timeOf(exitDueAtMs, nowMs);
  const needed = `an opening needs ${Math.ceil(openingPolicy.timeToExitMsMin / 1_000)} s before it`;
  const exit = nowMs >= exitDueAtMs ? `was at ${exitAt}` : `is at ${exitAt}, and ${needed}`;
  if (exitAtMs !== undefined) return `Too late for this exit time: the exit ${exit}. Choose a later one.`;
  const opensAt = timeOf(market.endsAtMs, nowMs).replace(' UTC', '');
  const next = ` The next one opens at ${opensAt}, in ${countdownOf(market.endsAtMs - nowMs)}.`;
  const isRegular = findWindow(market) !== undefined;
  const isTooLong = isLeadTooLong(input, market);
  const advice = isTooLong ? ' Choose a shorter exit lead, or a longer window.' : isRegular ? next : '';
  return `Too late for this window: its exit ${exit}.${advice}`;
}

/** With such an exit lead the next window would be refused just the same. */
function isLeadTooLong({ exitPolicy, openingPolicy }: ExitTimeInput, { startsAtMs, endsAtMs }: Market): boolean {
  return endsAtMs - exitPolicy.exitLeadMs - openingPolicy.timeToExitMsMin < startsAtMs;
}

function isoOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** "01:13:00 UTC", with its date when that is not today's. */
export function timeOf(atMs: number, nowMs: number): string {
  const [date = '', time = ''] = isoOf(atMs).slice(0, -1).split('T');
  return isoOf(nowMs).startsWith(date) ? `${time} UTC` : `${date} ${time} UTC`;
}

/** "0:54", from an hour on "8:23:47", rounded up to whole seconds. */
function countdownOf(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours === 0 ? minutes : `${hours}:${twoDigits(minutes)}`}:${twoDigits(seconds % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
