import type { JudgedPosition } from '#infra/proof/replay/wallet/judge-history.ts';
import { type ExitReading, exitAtPrice, exitInRecording } from '#infra/proof/replay/wallet/price-exit.ts';
import type { PricedPosition } from '#infra/proof/replay/wallet/wallet-report.ts';
import { findPastPrice, type PastPrice } from '#lib/adapters/polymarket/history/find-past-price.ts';
import type { SavedPrice } from '#lib/adapters/polymarket/history/history-file.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { TminusError } from '#lib/errors/errors.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';

export type PriceSources = {
  readonly recordings: RecordingSource | null;
  /** Null: nothing is asked for. */
  readonly hosts: { readonly dataHost: string; readonly clobHost: string } | null;
  /** Grows by what is read. */
  readonly prices: Map<string, SavedPrice>;
  readonly exitLeadMs: number;
};

const DEADLINE_MS = 5_000;
/** At the venue's limit of 200 requests in ten seconds this takes minutes. */
const ASKED_COUNT_MAX = 2_000;
/** A server that fails so often in a row is not asked again. */
const FAILURE_COUNT_MAX = 3;

type Progress = { askedCount: number; failureCount: number };

/** Prices the exits that the suite would have made, newest first. */
export async function priceExits(
  positions: readonly JudgedPosition[],
  sources: PriceSources,
  onPosition: (doneCount: number, count: number) => void,
): Promise<readonly PricedPosition[]> {
  const priced: PricedPosition[] = [];
  const progress = { askedCount: 0, failureCount: 0 };
  for (const [index, position] of positions.entries()) {
    const isHome = position.verdict === 'brought-home';
    priced.push({ position, reading: isHome ? await readExit(position, sources, progress) : null });
    onPosition(index + 1, positions.length);
  }
  return priced;
}

async function readExit(position: JudgedPosition, sources: PriceSources, progress: Progress): Promise<ExitReading> {
  const { recordings, exitLeadMs } = sources;
  const name = recordings?.names.find((each) => each === `${position.slug}.jsonl.gz`);
  if (recordings !== null && name !== undefined) {
    const played = await exitInRecording(recordings.get(name), position, exitLeadMs);
    if ('exit' in played) return played;
  }
  const price = await readPrice(position, sources, progress);
  return price !== null && 'unknown' in price ? price : exitAtPrice(price, position);
}

async function readPrice(
  { tokenId, exitAtMs }: JudgedPosition,
  { hosts, prices }: PriceSources,
  progress: Progress,
): Promise<PastPrice | null | Extract<ExitReading, { readonly unknown: string }>> {
  const key = `${tokenId}@${exitAtMs}`;
  const known = prices.get(key);
  if (known !== undefined) return known;
  if (hosts === null || exitAtMs === null) return { unknown: 'no price of that time was saved' };
  if (progress.failureCount >= FAILURE_COUNT_MAX) return { unknown: 'the price history cannot be read' };
  if (progress.askedCount >= ASKED_COUNT_MAX) return { unknown: `only the newest ${ASKED_COUNT_MAX} prices are read` };
  progress.askedCount += 1;
  try {
    const price = await findPastPrice({ clock, ...hosts }, tokenId, exitAtMs, clock.nowMs() + DEADLINE_MS);
    progress.failureCount = 0;
    prices.set(key, price);
    return price;
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    progress.failureCount += 1;
    return { unknown: 'the price history cannot be read' };
  }
}
