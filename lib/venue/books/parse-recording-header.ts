import type { Outcome } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import { ASSETS } from '#lib/domain/market/up-down-markets.ts';
import { recordingFault } from './recording-fault.ts';

export type RecordingHeader = {
  readonly asset: Asset;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** As inferred by the recorder; null when its last book left it open. */
  readonly winner: Outcome | null;
  /** Tick at the start of the recording; one cent where the header has none. */
  readonly tickMicros: bigint;
};

const SECONDS_MAX = 99_999_999_999;

/** @throws InvalidInputError naming file, line 1 and the first field that is wrong */
export function parseRecordingHeader(value: unknown, name: string): RecordingHeader {
  const fail = (fault: string): never => {
    throw recordingFault(name, 1, `the header is not one of a recording: ${fault}`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('it has to be an object');
  const header = new Map<string, unknown>(Object.entries(value));
  const seconds = (key: string): number => {
    const field = header.get(key);
    const isSeconds = typeof field === 'number' && Number.isSafeInteger(field) && field > 0 && field <= SECONDS_MAX;
    return isSeconds ? field : fail(`"${key}" has to be whole Unix seconds`);
  };
  const asset = ASSETS.find((each) => each === header.get('asset')) ?? fail(`"asset" has to be ${ASSETS.join(' or ')}`);
  const windowStartMs = seconds('windowStart') * 1_000;
  const windowEndMs = seconds('windowEnd') * 1_000;
  if (windowEndMs <= windowStartMs) fail('"windowEnd" has to be after "windowStart"');
  return {
    asset,
    windowStartMs,
    windowEndMs,
    winner: parseWinner(header.get('winner'), fail),
    tickMicros: parseTick(header.get('tickSize'), fail),
  };
}

type Fail = (fault: string) => never;

function parseWinner(value: unknown, fail: Fail): Outcome | null {
  if (value === null || value === undefined) return null;
  return OUTCOMES.find((outcome) => outcome === value) ?? fail('"winner" has to be "UP", "DOWN" or null');
}

function parseTick(value: unknown, fail: Fail): bigint {
  if (value === null || value === '0.01') return 10_000n;
  return value === '0.001' ? 1_000n : fail('"tickSize" has to be "0.01", "0.001" or null');
}
