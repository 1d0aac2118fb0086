import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUNDLE_FILE } from '#infra/shared/bundling.ts';
import { STAGE_FUNCTIONS } from './stub-suite.ts';
import { bundleFolder, runApp, SYNTHESISED_STAGE, synthesise } from './synthesised.ts';

describe('cdk synth', () => {
  it('creates the three stacks of a stage without an account', () => {
    const { status, text, outputDir } = synthesise();
    expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('Successfully synthesized') });
    for (const part of ['state', 'trading', 'watch']) {
      expect(existsSync(join(outputDir, `tminus-${SYNTHESISED_STAGE}-${part}.template.json`))).toBe(true);
    }
  });

  it('has no findings of the security rules', () => {
    expect(readFileSync(join(synthesise().outputDir, 'validation-report.json'), 'utf8')).not.toContain('AwsSolutions-');
  });

  it('builds one bundle for each function', () => {
    const { outputDir } = synthesise();
    const bundles = readdirSync(outputDir).filter((name) => existsSync(join(outputDir, name, BUNDLE_FILE)));
    expect(bundles).toHaveLength(STAGE_FUNCTIONS.length);
    expect(new Set(STAGE_FUNCTIONS.map(bundleFolder)).size).toBe(STAGE_FUNCTIONS.length);
  });

  it('asks for a missing stage', () => {
    const { status, text } = runApp();
    expect(text).toContain('Which stage? Add one of: -c stage=paper, -c stage=live');
    expect(status).not.toBe(0);
  });
});
