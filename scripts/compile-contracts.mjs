/**
 * `node scripts/compile-contracts.mjs`: compiles the local chain's contracts into infra/venue/chain/contract-code.ts.
 * Needs Node 24.
 */
import { writeFileSync } from 'node:fs';
import { contractCodePath, generateContractCode } from '#infra/venue/chain/compile-contracts.ts';

writeFileSync(contractCodePath(), generateContractCode());
console.log('Written: infra/venue/chain/contract-code.ts');
