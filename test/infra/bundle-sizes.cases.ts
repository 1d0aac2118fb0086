import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  BUNDLE_FILE,
  buildBundle,
  bundleBytes,
  DEPLOYED_SDK_MODE,
  SDK_MODES,
  type SdkMode,
} from '#infra/shared/bundling.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { bundleFolder, makeFolder } from './synthesised.ts';

/** Kilobytes of 1,000 bytes. Lambda parses all of them in a cold start, which delays an exit. */
const LIMITS_KB = {
  bundled: { open: 692, sell: 607, settle: 617, watch: 587, other: 461 },
  runtime: { open: 394, sell: 328, settle: 337, watch: 273, other: 193 },
} as const satisfies Record<SdkMode, Record<'open' | 'sell' | 'settle' | 'watch' | 'other', number>>;

/**
 * `open` answers the API besides; `settle` looks up orders and signs redemptions; `watch` makes positions where the
 * stage says so: no exit waits for any of them.
 */
const limitOf = (name: FunctionName) =>
  name === 'open' || name === 'sell' || name === 'settle' || name === 'watch' ? name : 'other';

/** Whether Lambda provides a module that the bundle does not contain. */
const IS_PROVIDED = {
  bundled: isBuiltin,
  runtime: (name: string) => isBuiltin(name) || name.startsWith('@aws-sdk/') || name.startsWith('@smithy/'),
} as const satisfies Record<SdkMode, (name: string) => boolean>;

/** A file of a bundle: the sources whose code it contains, and what it imports. */
type Output = {
  readonly file: string;
  readonly sources: readonly string[];
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
};
type Built = { readonly outputDir: string; readonly outputs: readonly Output[] };

const SourceMapSchema = z.object({ sources: z.array(z.string()) });

/** Each bundle is read once. */
const builtAt = new Map<string, Built>();

/** As deployed, from `cdk synth`; the other mode is built here, and what no stage deploys as it is delivered. */
function build(name: FunctionName, sdk: SdkMode): Built {
  const isSynthesised = sdk === DEPLOYED_SDK_MODE && name !== 'interactions';
  const outputDir = isSynthesised ? bundleFolder(name) : join(makeFolder(), name);
  const key = `${name} ${sdk}`;
  const known = builtAt.get(key);
  if (known !== undefined) return known;
  if (!isSynthesised) buildBundle({ name, sdk, outputDir });
  const built = { outputDir, outputs: readOutputs(outputDir) };
  builtAt.set(key, built);
  return built;
}

/** The entry and all files that it can load. esbuild reads what it has written. */
function readOutputs(folder: string): readonly Output[] {
  const { inputs } = buildSync({
    absWorkingDir: folder,
    entryPoints: [BUNDLE_FILE],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    logLevel: 'error',
  }).metafile;
  return Object.entries(inputs).map(([file, { imports }]) => ({
    file,
    sources: SourceMapSchema.parse(JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8'))).sources,
    imports,
  }));
}

/** Only one mode is deployed; the other one shows what it saves (`npm run bench:cold`). */
describe.each(IS_LONG ? SDK_MODES : [DEPLOYED_SDK_MODE])('a bundle, SDK %s,', (sdk) => {
  it.each(FUNCTION_NAMES)('of %s is within its size limit and imports only what Lambda provides', (name) => {
    const { outputDir, outputs } = build(name, sdk);
    expect(bundleBytes(outputDir)).toBeLessThanOrEqual(LIMITS_KB[sdk][limitOf(name)] * 1_000);
    const outside = outputs.flatMap(({ imports }) =>
      imports.filter(({ external }) => external).map(({ path }) => path),
    );
    expect(outside.filter((path) => !IS_PROVIDED[sdk](path))).toEqual([]);
    // For a `require` that it cannot resolve, esbuild emits a call that fails in an ES module.
    const code = outputs.map(({ file }) => readFileSync(join(outputDir, file), 'utf8'));
    expect(code.filter((text) => text.includes('Dynamic require of'))).toEqual([]);
  });
});

describe('the code of live trading', () => {
  it.each(['open', 'sell', 'settle'] as const)('has its own file in %s, loaded by dynamic imports only', (name) => {
    const { outputs } = build(name, 'bundled');
    const withCode = (part: string) => outputs.filter(({ sources }) => sources.some((path) => path.includes(part)));
    for (const part of ['functions/wiring/live-deps.ts', '@polymarket/clob-client-v2', '@aws-sdk/client-kms', 'viem']) {
      const files = withCode(part).map(({ file }) => file);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => loadedAtStart(outputs).includes(file))).toEqual([]);
    }
  });

  it.each(FUNCTION_NAMES.filter((name) => !['open', 'sell', 'settle', 'watch'].includes(name)))(
    'is not part of %s',
    (name) => {
      const sources = build(name, 'bundled').outputs.flatMap((output) => output.sources);
      expect(sources.filter((path) => /live-(?:deps|checks)|viem|clob-client|client-kms/.test(path))).toEqual([]);
    },
  );
});

describe('the code of watch', () => {
  it('reads the chain, in a file that is loaded where there is a wallet, and signs nothing', () => {
    const { outputs } = build('watch', 'bundled');
    const sources = outputs.flatMap((output) => output.sources);
    expect(
      sources.filter((path) =>
        /live-(?:deps|checks)|clob-client|client-kms|adapters\/signing|@noble\/curves/.test(path),
      ),
    ).toEqual([]);
    const withChain = outputs.filter((output) => output.sources.some((path) => path.includes('viem')));
    expect(withChain.length).toBeGreaterThan(0);
    expect(withChain.filter(({ file }) => loadedAtStart(outputs).includes(file))).toEqual([]);
  });
});

describe('the code of the API', () => {
  it('is loaded with the first call that needs it: an opening does not wait for it', () => {
    const { outputs } = build('open', 'bundled');
    const start = loadedAtStart(outputs);
    for (const part of ['functions/wiring/desk.ts', 'lib/contracts/api/requests.ts', 'lib/lifecycle/read/']) {
      const files = outputs.filter(({ sources }) => sources.some((path) => path.includes(part)));
      expect(files.length, part).toBeGreaterThan(0);
      expect(files.filter(({ file }) => start.includes(file))).toEqual([]);
    }
  });
});

/** The entry and its static imports, transitively. */
function loadedAtStart(outputs: readonly Output[]): readonly string[] {
  const byFile = new Map(outputs.map((output) => [output.file, output]));
  const loaded = new Set(outputs.filter(({ file }) => file.endsWith('index.mjs')).map(({ file }) => file));
  for (const file of loaded) {
    for (const { kind, path, external } of byFile.get(file)?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) loaded.add(path);
    }
  }
  return [...loaded];
}
