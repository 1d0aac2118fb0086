import type { BookLevel } from '#lib/domain/market/market.ts';
import { ONE_MICROS, parseMicros } from '#lib/domain/market/money.ts';
import type { BookSides } from './book-sides.ts';
import { recordingFault } from './recording-fault.ts';

/** Reads a decimal string into micros. @throws RangeError when it is not one */
export type DecimalReader = (text: string) => bigint;

/** Prices and sizes repeat from line to line: caching them nearly halves the time to load a recording. */
export function createDecimalReader(): DecimalReader {
  const known = new Map<string, bigint>();
  return (text) => {
    const knownMicros = known.get(text);
    if (knownMicros !== undefined) return knownMicros;
    const micros = parseMicros(text);
    known.set(text, micros);
    return micros;
  };
}

export type BookPlace = { readonly name: string; readonly lineNumber: number; readonly key: 'up' | 'down' };

/**
 * Reads `{"bids": [["0.51","20.67"], …], "asks": […]}`, best price first. Not a zod schema: a window has 20,000 levels.
 * @throws InvalidInputError naming file, line and fault
 */
export function parseRecordedSides(value: unknown, place: BookPlace, readDecimal: DecimalReader): BookSides {
  const fail = (fault: string): never => {
    throw recordingFault(place.name, place.lineNumber, `${place.key}${fault}`);
  };
  if (typeof value !== 'object' || value === null || !('bids' in value) || !('asks' in value)) {
    return fail(' has to be an object with "bids" and "asks"');
  }
  const bids = parseLevels(value.bids, readDecimal, (fault) => fail(`.bids${fault}`));
  const asks = parseLevels(value.asks, readDecimal, (fault) => fail(`.asks${fault}`));
  if (!isSorted(bids, (better, worse) => better > worse)) fail('.bids has to fall from the best (highest) price');
  if (!isSorted(asks, (better, worse) => better < worse)) fail('.asks has to rise from the best (lowest) price');
  const [bestBid] = bids;
  const [bestAsk] = asks;
  if (bestBid !== undefined && bestAsk !== undefined && bestBid.priceMicros >= bestAsk.priceMicros) {
    fail(': the book is crossed, its best bid is not below its best ask');
  }
  return { bids, asks };
}

type Fail = (fault: string) => never;

function parseLevels(value: unknown, readDecimal: DecimalReader, fail: Fail): readonly BookLevel[] {
  if (!Array.isArray(value)) return fail(' has to be a list');
  return value.map((level: unknown, index) => {
    if (!Array.isArray(level) || level.length !== 2) return fail(`[${index}] has to be [price, size]`);
    const priceMicros = parseDecimal(level[0], readDecimal, () =>
      fail(`[${index}]: the price has to be a decimal string such as "0.51"`),
    );
    const sharesMicros = parseDecimal(level[1], readDecimal, () =>
      fail(`[${index}]: the size has to be a decimal string such as "20.67"`),
    );
    if (priceMicros <= 0n || priceMicros >= ONE_MICROS) return fail(`[${index}]: the price has to lie between 0 and 1`);
    if (sharesMicros <= 0n) return fail(`[${index}]: the size has to be more than 0`);
    return { priceMicros, sharesMicros };
  });
}

function parseDecimal(value: unknown, readDecimal: DecimalReader, fail: () => never): bigint {
  if (typeof value !== 'string') return fail();
  try {
    return readDecimal(value);
  } catch {
    return fail();
  }
}

function isSorted(levels: readonly BookLevel[], isBetter: (better: bigint, worse: bigint) => boolean): boolean {
  return levels.every((level, index) => {
    const next = levels[index + 1];
    return next === undefined || isBetter(level.priceMicros, next.priceMicros);
  });
}
