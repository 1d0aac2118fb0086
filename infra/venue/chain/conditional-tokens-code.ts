import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';
import { ConfigError } from '#lib/errors/errors.ts';

const BuildSchema = z.object({ deployedBytecode: z.string().regex(/^0x[0-9a-f]{1000,}$/i) });
const BUILD = '@gnosis.pm/conditional-tokens-contracts/build/contracts/ConditionalTokens.json';

/**
 * The real contract's code, as its authors publish it. Read from their package and never kept here: it has a licence of its
 * own (LGPL-3.0). It has no constructor, so code alone is the whole contract.
 * @throws ConfigError when the package is not installed
 */
export function readConditionalTokensCode(): string {
  try {
    const text = readFileSync(createRequire(import.meta.url).resolve(BUILD), 'utf8');
    return BuildSchema.parse(JSON.parse(text)).deployedBytecode;
  } catch (cause) {
    throw new ConfigError(
      'The local chain needs @gnosis.pm/conditional-tokens-contracts, a development dependency: run `npm ci` without --omit=dev',
      {},
      { cause },
    );
  }
}
