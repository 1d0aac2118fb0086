import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { type BuildOptions, buildSync } from 'esbuild';
import { bundleBytes, bundleOptions, PROJECT_ROOT, SDK_MODES } from '#infra/shared/bundling.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startExecutionEnvironment } from './bundled-function.ts';

/** A bundle whose start is measured. */
type Candidate = { readonly label: string; readonly folder: string; readonly bytes: number };

type Measured = Candidate & { readonly initMs: readonly number[] };

/**
 * Measures the time from the start of a process until it asks for its first event, for each bundle. Each round starts
 * every bundle once, so that other load on the machine affects all of them alike.
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

/** The functions with the options of a deployment, between an empty handler and one without our optimisations. */
function buildCandidates(root: string): readonly Candidate[] {
  const functions = FUNCTION_NAMES.flatMap((name) =>
    SDK_MODES.map((sdk) => {
      const outputDir = join(root, sdk, name);
      buildSync(bundleOptions({ name, sdk, outputDir }));
      return toCandidate(`${name}, SDK ${sdk === 'bundled' ? 'bundled' : 'of the runtime'}`, outputDir);
    }),
  );
  return [buildOther(root, 'empty handler'), ...functions, buildOther(root, 'naive handler', NAIVE_OPTIONS)];
}

/** Without splitting and replacements. CommonJS dependencies call `require`. */
const NAIVE_OPTIONS = {
  splitting: false,
  alias: {},
  external: [],
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

function buildOther(root: string, label: string, options: BuildOptions = {}): Candidate {
  const file = label.replace(' ', '-');
  const outputDir = join(root, file);
  const entry = fileURLToPath(new URL(`./${file}.ts`, import.meta.url));
  const deployed = bundleOptions({ name: 'sell', sdk: 'bundled', outputDir });
  buildSync({ ...deployed, ...options, entryPoints: { index: entry } });
  return toCandidate(label, outputDir);
}

/** The runtime's SDK is found beside the bundle, as in `/var/runtime` on Lambda. */
function toCandidate(label: string, folder: string): Candidate {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { label, folder, bytes: bundleBytes(folder) };
}

async function measure(candidates: readonly Candidate[], rounds: number): Promise<readonly Measured[]> {
  const times = candidates.map((): number[] => []);
  // The first round fills the file cache and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, candidate] of candidates.entries()) {
      const initMs = await measureInitMs(candidate);
      if (round > 0) times[index]?.push(initMs);
    }
  }
  return candidates.map((candidate, index) => ({ ...candidate, initMs: times[index] ?? [] }));
}

async function measureInitMs({ folder }: Candidate): Promise<number> {
  const environment = await startExecutionEnvironment({
    name: 'sell',
    folder,
    env: { AWS_REGION: 'eu-west-1' },
    functionArn: localFunctionArn('sell'),
    memoryMb: 1_024,
    timeoutMs: 1_000,
  });
  await environment.stop();
  return environment.initMs;
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
