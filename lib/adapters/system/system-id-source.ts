import { randomBytes } from 'node:crypto';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';

/** Without the letters that are easily confused (i, l, o, u), in ASCII order. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const RANDOM_BITS = 80n;
/** The venue reads a salt as a JSON number, which is exact up to 2^53 − 1. */
const SALT_BITS = 53n;

function randomBits(bits: bigint): bigint {
  const bytes = randomBytes(Number((bits + 7n) / 8n));
  return BigInt.asUintN(Number(bits), BigInt(`0x${bytes.toString('hex')}`));
}

function toDigits(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = DIGITS.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
}

/**
 * Ids of 26 characters: 48 bits of time, then 80 random bits. Ids of one source sort in the order of creation, also
 * within a millisecond and after the clock steps back: the random part then counts on from the last id.
 */
export function createSystemIdSource(clock: Pick<Clock, 'nowMs'>): IdSource {
  let lastAtMs = -1;
  let lastRandom = 0n;
  return {
    nextId: () => {
      const nowMs = clock.nowMs();
      const isLater = nowMs > lastAtMs;
      lastAtMs = isLater ? nowMs : lastAtMs;
      // The top bit stays free, so that counting on cannot overflow.
      lastRandom = isLater ? randomBits(RANDOM_BITS - 1n) : lastRandom + 1n;
      return toDigits(BigInt(lastAtMs), TIME_DIGITS) + toDigits(lastRandom, RANDOM_DIGITS);
    },
    nextSalt: () => randomBits(SALT_BITS).toString(),
  };
}
