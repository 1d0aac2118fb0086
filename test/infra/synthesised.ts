import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import * as z from 'zod';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { PROJECT_ROOT } from '#infra/shared/bundling.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

export type CdkRun = { readonly status: number | null; readonly text: string };

const folders: string[] = [];
let synthesised: (CdkRun & { readonly outputDir: string }) | undefined;

/** The stage that has all that the other one has, and live trading. */
export const SYNTHESISED_STAGE = 'live';

/** `cdk synth`, run once, without access to AWS accounts of this machine. */
export function synthesise(): CdkRun & { readonly outputDir: string } {
  if (synthesised === undefined) {
    const outputDir = makeFolder();
    synthesised = { ...runCdk(outputDir, '-c', `stage=${SYNTHESISED_STAGE}`), outputDir };
  }
  return synthesised;
}

export function removeSynthesised(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tminus-synth-'));
  folders.push(folder);
  return folder;
}

const cdk = join(PROJECT_ROOT, 'node_modules/aws-cdk/bin/cdk');
const { app } = z.object({ app: z.string() }).parse(JSON.parse(readFileSync(join(PROJECT_ROOT, 'cdk.json'), 'utf8')));

/** CDK's validator is WebAssembly, and one run does not make up for the seconds that V8 takes to optimise it. */
const quickApp = app.replace(/^node /, 'node --liftoff-only ');

const runCdk = (outputDir: string, ...parameters: readonly string[]): CdkRun =>
  run(outputDir, [cdk, 'synth', '--quiet', '--app', quickApp, '--output', outputDir, ...parameters]);

/** The command of cdk.json alone, without context: quicker, and what people read is the app's own text. */
export const runApp = (): CdkRun => run(makeFolder(), app.split(' ').slice(1));

function run(home: string, args: readonly string[]): CdkRun {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    env: {
      // cdk.json runs `node`.
      PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      HOME: home,
      CI: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return { status, text: `${stdout}${stderr}` };
}

const ResourceSchema = z.object({
  Type: z.string(),
  Properties: z.object({ Code: z.object({ S3Key: z.string() }).optional() }).optional(),
});
const TemplateSchema = z.object({ Resources: z.record(z.string(), ResourceSchema) });

/** Where the bundle of a function is, by the asset that the template names. */
export function bundleFolder(name: FunctionName): string {
  const { outputDir } = synthesise();
  const text = readFileSync(join(outputDir, `tminus-${SYNTHESISED_STAGE}-trading.template.json`), 'utf8');
  const [found] = Object.entries(TemplateSchema.parse(JSON.parse(text)).Resources).filter(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(`${titleOf(name)}Function`),
  );
  const key = found?.[1].Properties?.Code?.S3Key;
  if (key === undefined) throw new Error(`The template has no code for ${name}`);
  return join(outputDir, `asset.${key.replace(/\.zip$/, '')}`);
}
