import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { bundleBytes, bundleOptions, PROJECT_ROOT, SDK_MODES } from '#infra/shared/bundling.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';

/** One bundle whose start is measured. */
export type ColdCandidate = { readonly label: string; readonly folder: string; readonly bytes: number };

/** Builds everything that is compared, each with the options of a deployment. */
export function buildCandidates(root: string): readonly ColdCandidate[] {
  const ours = FUNCTION_NAMES.flatMap((name) =>
    SDK_MODES.map((sdk) => {
      const outputDir = join(root, sdk, name);
      buildSync(bundleOptions({ name, sdk, outputDir }));
      return toCandidate(`${name}, SDK ${sdk === 'bundled' ? 'bundled' : 'of the runtime'}`, outputDir);
    }),
  );
  return [buildOther(root, 'empty handler'), ...ours, buildOther(root, 'naive handler', NAIVE_OPTIONS)];
}

/** Nothing of what makes our own bundles small; and what it brings of the old module format calls `require`. */
const NAIVE_OPTIONS = {
  splitting: false,
  alias: {},
  external: [],
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
} as const satisfies BuildOptions;

function buildOther(root: string, label: string, options: BuildOptions = {}): ColdCandidate {
  const file = label.replace(' ', '-');
  const outputDir = join(root, file);
  const entry = fileURLToPath(new URL(`./${file}.ts`, import.meta.url));
  const ours = bundleOptions({ name: 'sell', sdk: 'bundled', outputDir });
  buildSync({ ...ours, ...options, entryPoints: { index: entry } });
  return toCandidate(label, outputDir);
}

/** The runtime's SDK stands beside the bundle, as `/var/runtime` does on Lambda. */
function toCandidate(label: string, folder: string): ColdCandidate {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { label, folder, bytes: bundleBytes(folder) };
}
