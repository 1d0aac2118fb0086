import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** `bundled`: the SDK clients a function uses are part of its file. `runtime`: it takes those that Lambda's runtime brings along. */
export const SDK_MODES = ['bundled', 'runtime'] as const;
export type SdkMode = (typeof SDK_MODES)[number];

/** What is deployed. Bundled, the version that was tested is the version that runs, and only what is used has to be parsed. */
export const DEPLOYED_SDK_MODE: SdkMode = 'bundled';

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The file Lambda loads, and its export. `.mjs` makes it an ES module without a package.json. */
export const BUNDLE_FILE = 'index.mjs';
export const BUNDLE_HANDLER = 'index.handler';

/** What takes the place of a dependency in every bundle; each file says why. */
const STAND_INS = {
  '@aws-sdk/credential-provider-node': join(PROJECT_ROOT, 'infra/aws/stand-ins/lambda-credentials.ts'),
  viem: join(PROJECT_ROOT, 'infra/aws/stand-ins/viem-alone.ts'),
  'viem/utils': join(PROJECT_ROOT, 'node_modules/viem/_esm/utils/index.js'),
  'viem/accounts': join(PROJECT_ROOT, 'node_modules/viem/_esm/accounts/index.js'),
  '@noble/curves/secp256k1': join(PROJECT_ROOT, 'infra/aws/stand-ins/secp256k1-alone.ts'),
};

/**
 * Imported on demand in code of libraries that is shaken away: a WebSocket, the SDK's and viem's ways for browsers and names. esbuild
 * writes such imports out before it shakes, each with all that it needs itself. A test holds that no bundle asks for one of them.
 */
const NEVER_REACHED = ['bowser', 'isows', '../../utils/ccip.js'];

/** Options of esbuild for one function, the same in a deployment, a test and a benchmark. */
export function bundleOptions(options: {
  readonly name: FunctionName;
  readonly sdk: SdkMode;
  /** The bundle and its source map are written here. */
  readonly outputDir: string;
}) {
  return {
    absWorkingDir: PROJECT_ROOT,
    entryPoints: { index: `functions/${options.name}.ts` },
    outdir: options.outputDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported on demand gets a file of its own: a paper function never parses live trading. And it is left whole otherwise:
    // without splitting, nothing can be shaken from whatever such a file imports (a hundred kilobytes of the table's client, measured).
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules first: only those can be shaken.
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    minify: true,
    // Classes of errors name themselves; nothing we log is taken from a name that minifying changes.
    keepNames: false,
    // Beside the bundle, for whoever has to read a stack. Node loads it only with NODE_OPTIONS=--enable-source-maps, which takes a tenth of a
    // start (measured) and is set by hand when it is needed: the logs carry no stacks.
    sourcemap: true,
    // The sources are in the repository; their text in the map would double what a deployment carries.
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    alias: STAND_INS,
    external: [...NEVER_REACHED, ...(options.sdk === 'runtime' ? ['@aws-sdk/*', '@smithy/*'] : [])],
    logLevel: 'error',
    metafile: true,
  } as const satisfies BuildOptions;
}

/** Builds one function's bundle; synthesis, tests and benchmarks come through here. */
export function buildBundle(options: Parameters<typeof bundleOptions>[0]) {
  return buildSync(bundleOptions(options));
}

/**
 * Size of a built bundle without its source maps: all of its files together, those of live trading among them. A paper function
 * parses a third less, and it is the live one that must not be late.
 */
export function bundleBytes(folder: string): number {
  const files = readdirSync(folder).filter((file) => extname(file) === extname(BUNDLE_FILE));
  return files.reduce((bytes, file) => bytes + statSync(join(folder, file)).size, 0);
}
