import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { STAGES, type StageConfig, type StageName } from '#infra/aws/stage-config.ts';
import { STAGE_FUNCTIONS, type SuiteTemplates, synthSuite } from './stub-suite.ts';

/** In order of dependency: each one depends on those before it. */
const STACKS = ['state', 'trading', 'watch'] as const;

type Exports = { readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name: string } }>> };

const exportsOf = (template: Template): readonly string[] => {
  const { Outputs = {} } = template.toJSON() as Exports;
  return Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [Export.Name]));
};

const importsOf = (template: Template): ReadonlySet<string> => {
  const uses = [...JSON.stringify(template.toJSON()).matchAll(/"Fn::ImportValue":"([^"]+)"/g)];
  return new Set(uses.map(([, name]) => name ?? ''));
};

/**
 * Deploys one stack after the other. As CloudFormation does, it refuses an import without an export, and the removal of
 * an export that is imported. Returns the first refusal, or null.
 */
function findRefusal(
  before: SuiteTemplates,
  after: SuiteTemplates,
  order: readonly (typeof STACKS)[number][],
): string | null {
  const deployed = { ...before };
  for (const part of order) {
    deployed[part] = after[part];
    const exported = new Set(STACKS.flatMap((each) => exportsOf(deployed[each])));
    for (const each of STACKS) {
      const missing = [...importsOf(deployed[each])].find((name) => !exported.has(name));
      if (missing !== undefined) return `${part}: ${each} imports ${missing}`;
    }
  }
  return null;
}

const backwards = STACKS.toReversed();
const withStage = (stage: StageName, changes: Partial<StageConfig> = {}) => synthSuite(stage, changes);

describe('a stage that is deployed already', () => {
  it.each([
    ['its limits', { limits: { openCountMax: 9, exposureMicrosMax: 9n, budgetMicrosMax: 9n, dayLossMicrosMax: 9n } }],
    ['its polling', { exitPolling: { kind: 'provisioned', pollerCountMin: 2, pollerCountMax: 4 } }],
    ['its canary period', { canaryPeriodMinutes: 10 }],
    [
      'its hosts',
      { hosts: { CLOB_HOST: 'https://a', GAMMA_HOST: 'https://b', BINANCE_HOST: 'https://c', DATA_HOST: 'https://d' } },
    ],
  ] as const)('accepts a change of %s in any order of stacks', (_, changes) => {
    expect(findRefusal(withStage('live'), withStage('live', changes), STACKS)).toBeNull();
    expect(findRefusal(withStage('live'), withStage('live', changes), backwards)).toBeNull();
  });

  it('exports the name of each function and queue, so that a release may drop any alarm', () => {
    const { trading } = withStage('live');
    const exported = exportsOf(trading).join(' ');
    const functions = Object.keys(trading.findResources('AWS::Lambda::Function'));
    const queues = Object.keys(trading.findResources('AWS::SQS::Queue'));
    expect([functions.length, queues.length]).toEqual([STAGE_FUNCTIONS.length, 9]);
    for (const id of functions) expect(exported).toContain(`ExportsOutputRef${id}`);
    for (const id of queues) expect(exported).toContain(`ExportsOutputFnGetAtt${id}QueueName`);
  });

  it.each([
    ['Discord', 'paper', { hasDiscord: false }],
    ['live trading with a key in KMS', 'live', { live: null }],
  ] as const)(
    'can add %s from the first stack to the last, and remove it from the last to the first',
    (_, stage, without) => {
      expect(findRefusal(withStage(stage, without), withStage(stage), STACKS)).toBeNull();
      expect(findRefusal(withStage(stage), withStage(stage, without), backwards)).toBeNull();
      expect(findRefusal(withStage(stage), withStage(stage, without), STACKS)).toContain('state: trading imports');
    },
  );

  it('can be pointed at a restored table, and back at its own, in any order of stacks', () => {
    const { region } = STAGES.live;
    const streamArn = `arn:aws:dynamodb:${region}:111122223333:table/restored/stream/2026-11-30T12:00:00.000`;
    const restored = withStage('live', { restoredTable: { name: 'restored', streamArn } });
    for (const order of [STACKS, backwards]) {
      expect(findRefusal(withStage('live'), restored, order)).toBeNull();
      expect(findRefusal(restored, withStage('live'), order)).toBeNull();
    }
  });

  it('can change its signer in two steps, without live trading in between', () => {
    const signedBySecret = withStage('live', {
      live: { signer: 'secret', mayApprove: false, polygonRpcUrl: 'parameter' },
    });
    const idle = withStage('live', { live: null });
    expect(findRefusal(withStage('live'), signedBySecret, STACKS)).not.toBeNull();
    expect(findRefusal(withStage('live'), signedBySecret, backwards)).not.toBeNull();
    expect(findRefusal(withStage('live'), idle, backwards)).toBeNull();
    expect(findRefusal(idle, signedBySecret, STACKS)).toBeNull();
  });
});
