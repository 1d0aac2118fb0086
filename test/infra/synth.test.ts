import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLE_FILE, PROJECT_ROOT } from '#infra/shared/bundling.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';

const outputDir = mkdtempSync(join(tmpdir(), 'tminus-synth-'));
afterAll(() => rmSync(outputDir, { recursive: true, force: true }));

/** `cdk synth`, without access to AWS accounts of this machine. */
function runCdk(...parameters: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(PROJECT_ROOT, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', outputDir, ...parameters],
    {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      timeout: 240_000,
      env: {
        // cdk.json runs `node`.
        PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
        HOME: outputDir,
        CI: '1',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  return { status, text: `${stdout}${stderr}` };
}

describe('cdk synth', { timeout: 300_000 }, () => {
  let synth: ReturnType<typeof runCdk>;
  beforeAll(() => {
    synth = runCdk('-c', 'stage=paper');
  }, 300_000);

  it('creates the three stacks of a stage without an account', () => {
    expect(synth).toMatchObject({ status: 0, text: expect.stringContaining('Successfully synthesized') });
    for (const part of ['state', 'trading', 'watch']) {
      expect(existsSync(join(outputDir, `tminus-paper-${part}.template.json`))).toBe(true);
    }
  });

  it('has no findings of the security rules', () => {
    expect(readFileSync(join(outputDir, 'validation-report.json'), 'utf8')).not.toContain('AwsSolutions-');
  });

  it('builds one bundle for each function', () => {
    const bundles = readdirSync(outputDir).filter((name) => existsSync(join(outputDir, name, BUNDLE_FILE)));
    expect(bundles).toHaveLength(FUNCTION_NAMES.length);
  });

  it('asks for a missing stage', () => {
    const { status, text } = runCdk();
    expect(text).toContain('Which stage? Add one of: -c stage=paper, -c stage=live');
    expect(status).not.toBe(0);
  });
});
