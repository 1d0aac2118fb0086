import fc from 'fast-check';
import { type Hex, toRlp as reference } from 'viem';
import { describe, expect, it } from 'vitest';
import { toRlp } from '#lib/adapters/evm/to-rlp.ts';

const toHex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`;
/** Around the lengths at which the encoding changes: one byte, 55, 255 and beyond. */
const text = fc
  .oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.uint8Array({ minLength: 53, maxLength: 58 }),
    fc.uint8Array({ maxLength: 600 }),
  )
  .map(toHex);

describe('the encoding of a transaction', () => {
  it('is that of the reference implementation, whatever is in the list', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, fc.array(text, { maxLength: 4 })), { maxLength: 12 }), (items) => {
        expect(toRlp(items)).toBe(reference(items));
      }),
    );
  });
});
