import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { ALIASED_FUNCTIONS, ROLLBACK_ALARMS } from '#infra/aws/rollout.ts';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { STAGE_FUNCTIONS, synthSuite } from './stub-suite.ts';

const { trading, watch } = synthSuite('live');
const ALIAS = 'AWS::Lambda::Alias';
const aliasOf = (name: FunctionName) => resourceOf(trading, ALIAS, `${titleOf(name)}Function`);
const OTHERS = STAGE_FUNCTIONS.filter((name) => !ALIASED_FUNCTIONS.some((each) => each === name));

describe('a function that trades or answers', () => {
  it.each(ALIASED_FUNCTIONS)('%s has the alias live of a version that stays, unless it is rolled back', (name) => {
    const { Name, FunctionVersion, FunctionName } = aliasOf(name).Properties;
    expect({ Name, function: targetOf(FunctionName) }).toMatchObject({
      Name: 'live',
      function: expect.stringContaining(`${titleOf(name)}Function`),
    });
    const version = resourceOf(trading, 'AWS::Lambda::Version', targetOf(FunctionVersion));
    expect(version).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('is called by its alias only: by queue, rule, URL and permission', () => {
    const callees = [
      ...resourcesOf(trading, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.FunctionName),
      ...resourcesOf(trading, 'AWS::Lambda::Permission').map(({ Properties }) => Properties.FunctionName),
      ...resourcesOf(trading, 'AWS::Events::Rule').flatMap(({ Properties }) =>
        Properties.Targets.map(({ Arn }: { Arn: object }) => Arn),
      ),
      ...resourcesOf(trading, 'AWS::IAM::ManagedPolicy').flatMap(({ Properties }) =>
        Properties.PolicyDocument.Statement.map(({ Resource }: { Resource: object }) => Resource),
      ),
    ].map((callee) => JSON.stringify(callee));
    for (const name of ALIASED_FUNCTIONS) {
      const calls = callees.filter((callee) => callee.includes(`"${titleOf(name)}Function`));
      if (name !== 'open') expect(calls.length).toBeGreaterThan(0);
      for (const call of calls) expect(call.includes('Aliaslive') || call.includes(':live')).toBe(true);
    }
    expect(resourcesOf(trading, 'AWS::Lambda::Url').map(({ Properties }) => Properties.Qualifier)).toEqual(['live']);
    trading.hasOutput('OpenFunctionName', {
      Value: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':live'])] }),
    });
  });

  it.each(['open', 'sweep', 'watch'] as const)('%s keeps the rules of asynchronous calls for its alias', (name) => {
    const configs = resourcesOf(trading, 'AWS::Lambda::EventInvokeConfig').filter(({ logicalId }) =>
      logicalId.startsWith(`${titleOf(name)}Function`),
    );
    expect(configs.map(({ Properties }) => JSON.stringify(Properties.Qualifier))).toEqual([
      expect.stringContaining('Aliaslive'),
    ]);
  });

  it.each(OTHERS)('is not %s, which tells or measures and has no alias', (name) => {
    const aliases = resourcesOf(trading, ALIAS).map(({ logicalId }) => logicalId);
    expect(aliases.filter((id) => id.startsWith(`${titleOf(name)}Function`))).toEqual([]);
  });
});

describe('a release', () => {
  const versionOf = (name: FunctionName, from = trading) =>
    resourceOf(from, 'AWS::Lambda::Version', `${titleOf(name)}FunctionCurrentVersion`);

  it('of another setting is another version', () => {
    const changed = synthSuite('live', { logRetentionDays: 30, walletWatchPeriodMinutes: 5 }).trading;
    expect(versionOf('open', changed).logicalId).toBe(versionOf('open').logicalId);
    const moved = synthSuite('live', { hosts: OTHER_HOSTS }).trading;
    for (const name of ['open', 'sell', 'settle'] as const) {
      expect(versionOf(name, moved).logicalId).not.toBe(versionOf(name).logicalId);
    }
  });

  it.each(['open', 'sell', 'settle', 'watch'] as const)(
    'of another stack parameter is another version of %s, which a changed description publishes',
    (name) => {
      const used = JSON.stringify(versionOf(name).Properties.Description);
      expect(used).toContain('{"Ref":"WalletAddress"}');
      expect(used).toContain('{"Ref":"PolygonRpcUrl"}');
    },
  );

  it('keeps its description within the 256 characters of Lambda', () => {
    const { PolygonRpcUrl } = trading.toJSON().Parameters;
    expect(PolygonRpcUrl.MaxLength + '0x52908400098527886E0F7030069857D2E4169EE7 3 '.length).toBeLessThanOrEqual(256);
  });

  it.each(ALIASED_FUNCTIONS)('shifts the calls of %s by the group of that name', (name) => {
    const { ApplicationName, DeploymentGroupName } = aliasOf(name).UpdatePolicy.CodeDeployLambdaAliasUpdate;
    watch.hasResourceProperties('AWS::CodeDeploy::Application', { ApplicationName, ComputePlatform: 'Lambda' });
    watch.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentGroupName,
      DeploymentStyle: { DeploymentOption: 'WITH_TRAFFIC_CONTROL', DeploymentType: 'BLUE_GREEN' },
      AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
    });
  });

  it('shifts nothing and asks no alarm where it is to be there now', () => {
    const { trading: now } = synthSuite('live', {}, 'now');
    const aliases = resourcesOf(now, ALIAS);
    expect(aliases).toHaveLength(ALIASED_FUNCTIONS.length);
    for (const alias of aliases) expect(alias).not.toHaveProperty('UpdatePolicy');
  });

  it.each(STAGE_NAMES)('is taken back in stage %s by alarms of that stage that are silent without data', (stage) => {
    const { watch: stack, trading: functions } = synthSuite(stage);
    const groups = resourcesOf(stack, 'AWS::CodeDeploy::DeploymentGroup');
    expect(groups).toHaveLength(resourcesOf(functions, ALIAS).length);
    for (const { Properties } of groups) {
      const { Enabled, Alarms } = Properties.AlarmConfiguration;
      const ids: readonly string[] = Alarms.map(({ Name }: { Name: object }) => targetOf(Name));
      expect({ Enabled, count: ids.length }).toEqual({ Enabled: true, count: ROLLBACK_ALARMS.length });
      expect(ids.length).toBeLessThanOrEqual(10);
      for (const id of ids) {
        expect(resourceOf(stack, 'AWS::CloudWatch::Alarm', id).Properties.TreatMissingData).toBe('notBreaching');
      }
    }
  });
});

const OTHER_HOSTS = {
  CLOB_HOST: 'https://clob.example',
  GAMMA_HOST: 'https://gamma.example',
  BINANCE_HOST: 'https://binance.example',
  DATA_HOST: 'https://data.example',
};

describe('the concurrency of sell', () => {
  const reservedOf = (name: FunctionName, sellConcurrencyReserved: number | null) =>
    resourceOf(
      synthSuite('live', { sellConcurrencyReserved }).trading,
      'AWS::Lambda::Function',
      `${titleOf(name)}Function`,
    ).Properties.ReservedConcurrentExecutions;

  it('is reserved where the stage says so, for sell alone', () => {
    expect(reservedOf('sell', 50)).toBe(50);
    expect(reservedOf('open', 50)).toBeUndefined();
    expect(reservedOf('sell', null)).toBeUndefined();
  });

  it.each([0, 19, 2.5])('is refused as %d, which is less than its pollers start at once', (count) => {
    expect(() => reservedOf('sell', count)).toThrow(
      `sellConcurrencyReserved is ${count}: use null, or 20 (what exitPolling runs at once) to 10000`,
    );
  });
});
