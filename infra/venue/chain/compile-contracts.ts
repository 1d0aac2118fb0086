import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { InvariantError } from '#lib/errors/errors.ts';

const FOLDER = new URL('./contracts/', import.meta.url);
const GENERATED_FILE = new URL('./contract-code.ts', import.meta.url);
/** Contracts that are placed on the chain, with their source files. The other sources are imported by them. */
const CONTRACTS = {
  AutoRedeemerDouble: 'AutoRedeemerDouble',
  BinaryModuleDouble: 'BinaryModuleDouble',
  DepositWalletFactoryDouble: 'DepositWalletFactoryDouble',
  DollarDouble: 'DollarDouble',
  ExchangeDouble: 'ExchangeDouble',
  PositionManagerDouble: 'PositionManagerDouble',
  ProxyFactoryDouble: 'DepositWalletFactoryDouble',
  RedeemAdapterDouble: 'RedeemAdapterDouble',
  RouterDouble: 'RouterDouble',
  WalletDouble: 'WalletDouble',
} as const;

const OutputSchema = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
  contracts: z
    .record(
      z.string(),
      z.record(z.string(), z.object({ evm: z.object({ deployedBytecode: z.object({ object: z.string() }) }) })),
    )
    // Missing when there are errors.
    .default({}),
});

/**
 * Text of `contract-code.ts`, compiled from `contracts/`. The file is in the repository because compiling takes
 * seconds. It is written by `node scripts/compile-contracts.mjs`, and a test compares it.
 * @throws InvariantError with the compiler's message
 */
export function generateContractCode(): string {
  const output = OutputSchema.parse(JSON.parse(compile(JSON.stringify(compilerInput()))));
  const [fault] = output.errors;
  // Warnings are errors here.
  if (fault !== undefined) throw new InvariantError(`The contracts do not compile: ${fault.formattedMessage}`);
  const entries = Object.entries(CONTRACTS).map(([name, source]) => {
    const code = output.contracts[`${source}.sol`]?.[name]?.evm.deployedBytecode.object;
    if (code === undefined) throw new InvariantError(`The compiler gave no code for ${name}`);
    return `  ${name}:\n    '0x${code}',\n`;
  });
  return [
    '// Generated from contracts/*.sol by scripts/compile-contracts.mjs. Edit the sources, not this file.\n\n',
    '/** Deployed code of the contracts, which is placed without running a constructor. */\n',
    `export const CONTRACT_CODE = {\n${entries.join('')}} as const;\n`,
  ].join('');
}

export function readContractCode(): string {
  return readFileSync(GENERATED_FILE, 'utf8');
}

export const contractCodePath = (): string => fileURLToPath(GENERATED_FILE);

function compilerInput() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.sol'));
  const sources = names.map((name) => [name, { content: readFileSync(new URL(name, FOLDER), 'utf8') }] as const);
  return {
    language: 'Solidity',
    sources: Object.fromEntries(sources.sort(([a], [b]) => (a < b ? -1 : 1))),
    settings: {
      // Older than the node's own version, so that the code does not need its newest instructions.
      evmVersion: 'shanghai',
      optimizer: { enabled: true, runs: 200 },
      // The code must not depend on comments or on the folder.
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
    },
  };
}

function compile(input: string): string {
  const solc: { compile(input: string): string } = createRequire(import.meta.url)('solc');
  return solc.compile(input);
}
