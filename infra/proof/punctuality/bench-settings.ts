/**
 * The stack's settings in the bench. The exit itself is as in production: when it is prepared, when the book is read,
 * the pauses between tries. Only the time before and after it is shorter.
 */
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** From the due time to the market's end: a plain timer may be a minute late and must still find a market. */
export const EXIT_LEAD_MS = 66_000;

/** Grain and jitter of timers: a minute on AWS. Shorter here, so that a timer fires before the exit is due. */
export const TIMER_GRAIN_MS = 5_000;
const TIMER_LEAD_MS = 35_000;

/**
 * From the last opening to the due time. Buys settle and timers fire in it, and their load is over when the exits
 * start.
 */
const QUIET_MS = 50_000;
/** For one opening on a busy machine. */
const OPENING_MS = 150;
const START_MS = 2_000;

/** Shorter than at the venue (venue §3.5): this bench does not measure unsettled buys. */
const SETTLEMENT_MS = 800;

/**
 * In production an exit is prepared 3 s ahead and reads its book 1 s ahead, with at most ten exits per process. Here
 * one process prepares all of them, so both start earlier the more exits there are, within the function's timeout.
 */
const PREPARE_LEAD_MS = 3_000;
const BOOK_LEAD_MS = 1_000;
const PREPARE_LEAD_MS_MAX = 8_500;
const PREPARING_MS = 10;

const BENCH_ENV = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  OPEN_TIME_TO_EXIT_MS_MIN: '9000',
  // The price may move a few ticks between read and buy.
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: String(TIMER_LEAD_MS),
  TIMER_MARGIN_MS: '1000',
  PAPER_SETTLEMENT_FIXED_MS: String(SETTLEMENT_MS),
  LIMIT_OPEN_COUNT: '10000',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

export function benchEnv(positionCount: number): Readonly<Record<string, string>> {
  const preparingMs = positionCount * PREPARING_MS;
  const prepareLeadMs = Math.min(Math.max(PREPARE_LEAD_MS, 2_000 + preparingMs), PREPARE_LEAD_MS_MAX);
  return {
    ...BENCH_ENV,
    EXIT_PREPARE_LEAD_MS: String(prepareLeadMs),
    EXIT_BOOK_LEAD_MS: String(Math.min(BOOK_LEAD_MS + preparingMs, prepareLeadMs)),
  };
}

/** The due time of every exit: a whole second, as the end of a market is, and a multiple of the timers' grain. */
export function planDueAtMs(nowMs: number, positionCount: number): number {
  const earliestAtMs = nowMs + START_MS + positionCount * OPENING_MS + QUIET_MS;
  return Math.ceil(earliestAtMs / TIMER_GRAIN_MS) * TIMER_GRAIN_MS;
}

const MEMORY_DIR = '/dev/shm';
/** Several times the files of 5,000 positions. In containers the directory is often far smaller. */
const MEMORY_BYTES_MIN = 2_000_000_000;

/**
 * The parent of the stack's state folder: in memory where there is room. The table's emulator waits for the disk at
 * each write, one after the other; a table on AWS does not.
 */
export function findStateRoot(): string {
  try {
    accessSync(MEMORY_DIR, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY_DIR);
    return bavail * bsize >= MEMORY_BYTES_MIN ? MEMORY_DIR : tmpdir();
  } catch {
    return tmpdir();
  }
}
