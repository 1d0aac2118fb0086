import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { describePaperLedger } from './paper-ledger.contract.ts';

describePaperLedger('the ledger in memory', async () => createMemoryPaperLedger());
