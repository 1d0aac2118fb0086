import { secp256k1 as curve } from '@noble/curves/secp256k1.js';

/**
 * Replaces `@noble/curves/secp256k1` in bundles. viem imports it dynamically in one place, and esbuild cannot
 * tree-shake a dynamically imported module: Schnorr signatures and hash-to-curve would add 7 kB that no function calls.
 */
export const secp256k1 = curve;
