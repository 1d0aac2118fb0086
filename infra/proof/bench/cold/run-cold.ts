import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import Table from 'cli-table3';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { startBundleProcess } from '../../lambda/bundle-process.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import { buildCandidates, type ColdCandidate } from './cold-candidates.ts';

type Measured = ColdCandidate & { readonly initMs: readonly number[] };

async function initMsOf({ folder }: ColdCandidate): Promise<number> {
  const process = await startBundleProcess({
    name: 'sell',
    folder,
    env: { AWS_REGION: 'eu-west-1' },
    functionArn: localFunctionArn('sell'),
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

/**
 * Measures how long each bundle takes from the start of its process until it asks for its first event. Every round goes through all
 * bundles in turn, so that other load on the machine affects all of them alike.
 */
export async function runCold(rounds: number) {
  const root = makeTemporaryFolder(tmpdir(), 'tminus-cold-');
  try {
    return (await measure(buildCandidates(root), rounds)).map(summarise);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function renderCold(rows: readonly ReturnType<typeof summarise>[]): string {
  const table = new Table({
    head: ['bundle', 'kB', 'median ms', 'min', 'max', 'n'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(Object.values(row));
  return table.toString();
}
