/**
 * `npm run bench:cold [-- --rounds 11 --json]`: how long each bundle takes from the start of its process until it asks for its first
 * event. The rounds go through all bundles in turn, so that whatever else the machine does falls on all of them.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { functionArn } from '#infra/local/topology.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { startBundleProcess } from '../lambda/bundle-process.ts';
import { asksForHelp } from './asks-for-help.ts';
import { buildCandidates, type ColdCandidate } from './cold/cold-candidates.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const USAGE = 'Usage: npm run bench:cold -- [--rounds 11] [--json]';
const ROUNDS_MIN = 10;

type Measured = ColdCandidate & { readonly initMs: readonly number[] };

async function initMsOf({ folder }: ColdCandidate): Promise<number> {
  const process = await startBundleProcess({
    name: 'sell',
    folder,
    env: { AWS_REGION: 'eu-west-1' },
    functionArn: functionArn('sell'),
    memoryMb: 1_024,
    timeoutMs: 1_000,
  });
  await process.stop();
  return process.initMs;
}

async function measure(candidates: readonly ColdCandidate[], rounds: number): Promise<readonly Measured[]> {
  const times = candidates.map((): number[] => []);
  // The first round warms the file cache and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, candidate] of candidates.entries()) {
      const initMs = await initMsOf(candidate);
      if (round > 0) times[index]?.push(initMs);
    }
  }
  return candidates.map((candidate, index) => ({ ...candidate, initMs: times[index] ?? [] }));
}

function summarise({ label, bytes, initMs }: Measured) {
  const sorted = initMs.toSorted((a, b) => a - b);
  const at = (index: number): number => Math.round(sorted[index] ?? Number.NaN);
  return {
    label,
    kilobytes: Math.round(bytes / 1_000),
    medianMs: at(Math.floor(sorted.length / 2)),
    minMs: at(0),
    maxMs: at(sorted.length - 1),
    n: sorted.length,
  };
}

function readRounds(text: string): number {
  const rounds = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (rounds >= ROUNDS_MIN) return rounds;
  throw new InvalidInputError(`--rounds must be a whole number of at least ${ROUNDS_MIN}`);
}

function readOptions(args: readonly string[]) {
  try {
    const options = { rounds: { type: 'string', default: '11' }, json: { type: 'boolean', default: false } } as const;
    const { values } = parseArgs({ args: [...args], options });
    return { rounds: readRounds(values.rounds), json: values.json };
  } catch (error) {
    const what = error instanceof Error ? error.message : 'The options cannot be read';
    throw new InvalidInputError(`${what}\n${USAGE}`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (asksForHelp(args)) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { rounds, json } = readOptions(args);
  const root = makeTemporaryFolder(tmpdir(), 'tminus-cold-');
  try {
    const rows = (await measure(buildCandidates(root), rounds)).map(summarise);
    process.stdout.write(`${json ? JSON.stringify(rows, null, 2) : render(rows)}\n`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function render(rows: readonly ReturnType<typeof summarise>[]): string {
  const table = new Table({
    head: ['bundle', 'kB', 'median ms', 'min', 'max', 'n'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(Object.values(row));
  return table.toString();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The benchmark failed without saying why'}\n`);
  process.exitCode = error instanceof InvalidInputError ? 2 : 1;
}
