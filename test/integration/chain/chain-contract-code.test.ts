import { describe, expect, it } from 'vitest';
import { generateContractCode, readContractCode } from '#infra/venue/chain/compile-contracts.ts';
import { CONTRACT_CODE } from '#infra/venue/chain/contract-code.ts';

describe('the code of the local chain’s contracts', () => {
  it('is what their sources compile to (else: node scripts/compile-contracts.mjs)', () => {
    expect(readContractCode()).toBe(generateContractCode());
  });

  it('fits on a chain', () => {
    // Half a byte per digit; a contract may have 24,576 bytes (EIP-170).
    for (const code of Object.values(CONTRACT_CODE)) expect((code.length - 2) / 2).toBeLessThan(24_576);
  });
});
