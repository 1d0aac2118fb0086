import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STAGE_NAMES, STAGES, stageConfigOf } from '#infra/aws/stage-config.ts';
import { PROJECT_ROOT } from '#infra/shared/bundling.ts';
import { synthSuite } from './stub-suite.ts';

/**
 * `npm test -- test/infra/stacks.test.ts -u` accepts a change. The diff of the snapshot is what a deployment would
 * change.
 */
describe.each(STAGE_NAMES)('the templates of stage %s', (stage) => {
  const templates = synthSuite(stage);

  it.each(['state', 'trading', 'watch'] as const)('equal their reviewed snapshots: %s', async (part) => {
    const text = `${JSON.stringify(templates[part].toJSON(), null, 1)}\n`;
    await expect(text).toMatchFileSnapshot(`snapshots/${stage}-${part}.template.snap`);
  });
});

describe('a stage', () => {
  it('is chosen by name', () => {
    expect(stageConfigOf('paper')).toBe(STAGES.paper);
    expect(() => stageConfigOf(undefined)).toThrow('Which stage? Add one of: -c stage=paper, -c stage=live');
    expect(() => stageConfigOf('prod')).toThrow('There is no stage "prod". Add one of: -c stage=paper, -c stage=live');
  });

  it.each(STAGE_NAMES)('%s has a budget per position within its exposure limit', (name) => {
    const { limits } = STAGES[name];
    expect(limits.budgetMicrosMax).toBeLessThanOrEqual(limits.exposureMicrosMax);
  });

  it.each(STAGE_NAMES)('%s is synthesised by the workflow', (name) => {
    const workflow = readFileSync(join(PROJECT_ROOT, '.github/workflows/check.yml'), 'utf8');
    expect(/^ +stage: \[(.*)\]$/m.exec(workflow)?.[1]?.split(', ')).toContain(name);
  });

  it('is checked by workflows whose actions are named by digest', () => {
    const folder = join(PROJECT_ROOT, '.github/workflows');
    const uses = readdirSync(folder).flatMap(
      (file) => readFileSync(join(folder, file), 'utf8').match(/uses: .+/g) ?? [],
    );
    expect(uses.length).toBeGreaterThan(4);
    for (const each of uses) expect(each).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d/);
  });

  it.each(STAGE_NAMES)('%s has a canary period that divides an hour', (name) => {
    expect(60 % STAGES[name].canaryPeriodMinutes).toBe(0);
  });
});
