import { describeExchange } from './exchange.contract.ts';
import { createPaperWorld } from './paper-world.ts';

describeExchange('the paper exchange', async () => createPaperWorld());
