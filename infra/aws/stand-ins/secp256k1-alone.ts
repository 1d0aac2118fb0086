import { secp256k1 as curve } from '@noble/curves/secp256k1.js';

/**
 * What stands in a bundle for `@noble/curves/secp256k1`. viem asks for that one on demand in one place, and of a module that is asked
 * for on demand nothing can be shaken away: Schnorr signatures and hashing to the curve came along, seven kilobytes that nobody calls.
 */
export const secp256k1 = curve;
