/** Random numbers from a seed: everything random in venue model and simulator, so that a run can be repeated. */
export type Random = {
  nextUint32(): number;
  nextFloat(): number;
  /** A whole number from 0 up to, and without, `endExclusive` (at most 2^32). */
  nextInt(endExclusive: number): number;
  nextGaussian(): number;
};

/**
 * xoshiro128** (Blackman and Vigna, 2018): 128 bits of state and 32-bit arithmetic, which JavaScript computes exactly.
 * The state is hashed from the seed's text, so different texts give unrelated sequences.
 */
export function createRandom(seed: string): Random {
  let [a, b, c, d] = hashSeed(seed);

  const nextUint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  const nextFloat = (): number => nextUint32() / 0x1_0000_0000;
  let spareGaussian: number | undefined;

  return {
    nextUint32,
    nextFloat,
    nextInt: (endExclusive) => Math.floor(nextFloat() * endExclusive),
    // The Box–Muller transform gives two numbers: the second is kept for the next call.
    nextGaussian: () => {
      if (spareGaussian !== undefined) {
        const spare = spareGaussian;
        spareGaussian = undefined;
        return spare;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - nextFloat()));
      const angle = 2 * Math.PI * nextFloat();
      spareGaussian = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** Independent short sequences without a generator each: the number follows from seed, stream and place. */
export function floatAt(seed: number, stream: number, place: number): number {
  const start = mixBits(seed ^ Math.imul(stream + 1, 0x9e3779b1));
  return mixBits(start ^ mixBits(Math.imul(place + 1, 0x85ebca77) ^ stream)) / 0x1_0000_0000;
}

/** Folds a seed of up to 53 bits into 32; one of 32 bits stays as it is. */
export function to32Bits(seed: number): number {
  return (seed ^ mixBits(Math.floor(seed / 0x1_0000_0000))) >>> 0;
}

export function hex256(seed: string): string {
  const random = createRandom(seed);
  let hex = '';
  for (let word = 0; word < 8; word += 1) hex += hexOf(random.nextUint32());
  return hex;
}

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(word: number): string {
  const high = `${HEX_OF_BYTE[word >>> 24]}${HEX_OF_BYTE[(word >>> 16) & 0xff]}`;
  return `${high}${HEX_OF_BYTE[(word >>> 8) & 0xff]}${HEX_OF_BYTE[word & 0xff]}`;
}

function hashSeed(text: string): [number, number, number, number] {
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    words[0] = Math.imul(words[0] ^ code, 0x01000193);
    words[1] = Math.imul(words[1] ^ code, 0x85ebca6b);
    words[2] = Math.imul(words[2] ^ code, 0xc2b2ae35);
    words[3] = Math.imul(words[3] ^ code, 0x27d4eb2f);
  }
  return [
    mixBits(words[0]),
    mixBits(words[1] ^ words[0]),
    mixBits(words[2] ^ words[1]),
    mixBits(words[3] ^ words[2]) | 1,
  ];
}

/** Spreads every input bit over the whole word (the finaliser of MurmurHash3). */
function mixBits(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
