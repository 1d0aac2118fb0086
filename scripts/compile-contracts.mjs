/** `node scripts/compile-contracts.mjs`: compiles the local chain's contracts into infra/local/chain/contract-code.ts. Needs Node 24. */
import { writeFileSync } from 'node:fs';
import { contractCodePath, generateContractCode } from '#infra/local/chain/compile-contracts.ts';

writeFileSync(contractCodePath(), generateContractCode());
console.log('Written: infra/local/chain/contract-code.ts');
