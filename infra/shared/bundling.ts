import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** `bundled`: the bundle contains the SDK clients it uses. `runtime`: it uses those of the Lambda runtime. */
export const SDK_MODES = ['bundled', 'runtime'] as const;
export type SdkMode = (typeof SDK_MODES)[number];

/** The deployed mode: the tested SDK version runs, and Lambda parses only what is used. */
export const DEPLOYED_SDK_MODE: SdkMode = 'bundled';

export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The file and export that Lambda loads. `.mjs` makes it an ES module without a package.json. */
export const BUNDLE_FILE = 'index.mjs';
export const BUNDLE_HANDLER = 'index.handler';

const STAND_INS = {
  '@aws-sdk/credential-provider-node': join(PROJECT_ROOT, 'infra/shared/stand-ins/lambda-credentials.ts'),
  '@smithy/core/event-streams': join(PROJECT_ROOT, 'infra/shared/stand-ins/no-event-streams.ts'),
  viem: join(PROJECT_ROOT, 'infra/shared/stand-ins/viem-alone.ts'),
  'viem/utils': join(PROJECT_ROOT, 'node_modules/viem/_esm/utils/index.js'),
  'viem/accounts': join(PROJECT_ROOT, 'node_modules/viem/_esm/accounts/index.js'),
  '@noble/curves/secp256k1': join(PROJECT_ROOT, 'infra/shared/stand-ins/secp256k1-alone.ts'),
};

/**
 * Dynamic imports in library code that tree-shaking removes: WebSocket, browser detection, ENS look-ups. esbuild
 * resolves them before it shakes and would emit them with their dependencies.
 */
const NEVER_REACHED = ['bowser', 'isows', '../../utils/ccip.js'];

/** esbuild options for one function, the same for deployments, tests and benchmarks. */
export function bundleOptions(options: {
  readonly name: FunctionName;
  readonly sdk: SdkMode;
  readonly outputDir: string;
}) {
  return {
    absWorkingDir: PROJECT_ROOT,
    entryPoints: { index: `functions/${options.name}.ts` },
    outdir: options.outputDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // A dynamic import gets a file of its own, so a paper function never parses live trading. Without splitting,
    // esbuild cannot shake what such a file imports (100 kB of the DynamoDB client, measured).
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    minify: true,
    // Error classes set their names themselves, and nothing logged depends on a minified name.
    keepNames: false,
    // Node loads the map with NODE_OPTIONS=--enable-source-maps only. That takes a tenth of a cold start (measured), so
    // operators set it when they need it: frames in the logs name places in the bundle.
    sourcemap: true,
    // The sources are in the repository; their text would double the size of a deployment.
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    alias: STAND_INS,
    external: [...NEVER_REACHED, ...(options.sdk === 'runtime' ? ['@aws-sdk/*', '@smithy/*'] : [])],
    logLevel: 'error',
    metafile: true,
  } as const satisfies BuildOptions;
}

export function buildBundle(options: Parameters<typeof bundleOptions>[0]) {
  return buildSync(bundleOptions(options));
}

/** Without source maps, but with the files of live trading, which paper functions do not parse. */
export function bundleBytes(folder: string): number {
  const files = readdirSync(folder).filter((file) => extname(file) === extname(BUNDLE_FILE));
  return files.reduce((bytes, file) => bytes + statSync(join(folder, file)).size, 0);
}
