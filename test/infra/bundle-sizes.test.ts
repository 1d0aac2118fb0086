import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { buildBundle, bundleBytes, PROJECT_ROOT, SDK_MODES, type SdkMode } from '#infra/shared/bundling.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-sizes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Kilobytes of 1,000 bytes. Lambda parses all of them in a cold start, which delays an exit. */
const LIMITS_KB = {
  bundled: { open: 605, sell: 533, settle: 558, other: 425 },
  runtime: { open: 309, sell: 271, settle: 296, other: 172 },
} as const satisfies Record<SdkMode, Record<'open' | 'sell' | 'settle' | 'other', number>>;

/** `open` answers the API besides; `settle` looks up orders and signs redemptions: no exit waits for either. */
const limitOf = (name: FunctionName) => (name === 'open' || name === 'sell' || name === 'settle' ? name : 'other');

/** Whether Lambda provides a module that the bundle does not contain. */
const IS_PROVIDED = {
  bundled: isBuiltin,
  runtime: (name: string) => isBuiltin(name) || name.startsWith('@aws-sdk/') || name.startsWith('@smithy/'),
} as const satisfies Record<SdkMode, (name: string) => boolean>;

type Built = { readonly outputDir: string; readonly outputs: readonly Output[] };
type Output = { readonly file: string } & Metafile['outputs'][string];

/** Each bundle is built once. */
const builtAt = new Map<string, Built>();

function build(name: FunctionName, sdk: SdkMode): Built {
  const outputDir = join(root, sdk, name);
  const known = builtAt.get(outputDir);
  if (known !== undefined) return known;
  const { outputs } = buildBundle({ name, sdk, outputDir }).metafile;
  const built = { outputDir, outputs: Object.entries(outputs).map(([file, output]) => ({ file, ...output })) };
  builtAt.set(outputDir, built);
  return built;
}

describe.each(SDK_MODES)('a bundle, SDK %s,', (sdk) => {
  it.each(FUNCTION_NAMES)('of %s is within its size limit and imports only what Lambda provides', (name) => {
    const { outputDir, outputs } = build(name, sdk);
    expect(bundleBytes(outputDir)).toBeLessThanOrEqual(LIMITS_KB[sdk][limitOf(name)] * 1_000);
    const outside = outputs.flatMap(({ imports }) =>
      imports.filter(({ external }) => external).map(({ path }) => path),
    );
    expect(outside.filter((path) => !IS_PROVIDED[sdk](path))).toEqual([]);
    // For a `require` that it cannot resolve, esbuild emits a call that fails in an ES module.
    const code = outputs
      .filter(({ file }) => file.endsWith('.mjs'))
      .map(({ file }) => readFileSync(join(PROJECT_ROOT, file), 'utf8'));
    expect(code.filter((text) => text.includes('Dynamic require of'))).toEqual([]);
  });
});

describe('the code of live trading', () => {
  it.each(['open', 'sell', 'settle'] as const)('has its own file in %s, loaded by dynamic imports only', (name) => {
    const { outputs } = build(name, 'bundled');
    const withCode = (part: string) =>
      outputs.filter(({ inputs }) => Object.keys(inputs).some((i) => i.includes(part)));
    for (const part of ['functions/wiring/live-deps.ts', '@polymarket/clob-client-v2', '@aws-sdk/client-kms', 'viem']) {
      const files = withCode(part).map(({ file }) => file);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => loadedAtStart(outputs).includes(file))).toEqual([]);
    }
  });

  it.each(FUNCTION_NAMES.filter((name) => name !== 'open' && name !== 'sell' && name !== 'settle'))(
    'is not part of %s',
    (name) => {
      const inputs = build(name, 'bundled').outputs.flatMap((output) => Object.keys(output.inputs));
      expect(inputs.filter((path) => /live-(?:deps|checks)|viem|clob-client|client-kms/.test(path))).toEqual([]);
    },
  );
});

describe('the code of the API', () => {
  it('is loaded with the first call that needs it: an opening does not wait for it', () => {
    const { outputs } = build('open', 'bundled');
    const start = loadedAtStart(outputs);
    for (const part of ['functions/wiring/desk.ts', 'lib/contracts/api/requests.ts', 'lib/lifecycle/read/']) {
      const files = outputs.filter(({ inputs }) => Object.keys(inputs).some((input) => input.includes(part)));
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
