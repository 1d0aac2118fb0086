import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { STAGES, type StageConfig, type StageName } from '#infra/aws/stage-config.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { resourceOf, resourcesOf, type Statement, statementsOf } from './read-template.ts';
import { STAGE_FUNCTIONS, synthSuite } from './stub-suite.ts';

const NAME = 'tminus-live-restored';
const { region } = STAGES.live;
const ARN = `arn:aws:dynamodb:${region}:111122223333:table/${NAME}`;
const restoredTable = { name: NAME, streamArn: `${ARN}/stream/2026-11-30T12:00:00.000` };
const withDashboard = { hasDashboard: true, walletWatch: 'guard' } as const;
const own = synthSuite('live', withDashboard);
const restored = synthSuite('live', { ...withDashboard, restoredTable });

const environmentOf = (template: Template, name: FunctionName) =>
  resourceOf(template, 'AWS::Lambda::Function', `${titleOf(name)}Function`).Properties.Environment.Variables;

/** What a policy allows on tables. */
const onTables = (statements: readonly Statement[]) =>
  statements.filter(({ actions }) =>
    actions.some((each) => /^dynamodb:/.test(each) && each !== 'dynamodb:DescribeTable'),
  );

describe('a stage that is pointed at a restored table', () => {
  it('gives its name to every function that had the own table’s', () => {
    const named = STAGE_FUNCTIONS.filter((name) => 'TABLE_NAME' in environmentOf(own.trading, name));
    expect(named).toEqual(expect.arrayContaining(['open', 'sell', 'settle', 'sweep', 'watch', 'canary', 'summary']));
    for (const name of named) expect(environmentOf(restored.trading, name).TABLE_NAME).toBe(NAME);
  });

  it('leaves nothing of the own table to functions, alarms and dashboard', () => {
    const [table] = resourcesOf(own.state, 'AWS::DynamoDB::GlobalTable');
    const users = (templates: typeof own) => JSON.stringify([templates.trading.toJSON(), templates.watch.toJSON()]);
    expect(users(own)).toMatch(new RegExp(`ImportValue":"[^"]*${table?.logicalId}`));
    expect(users(restored)).not.toContain(table?.logicalId);
    const dashboard = JSON.stringify(resourceOf(restored.watch, 'AWS::CloudWatch::Dashboard', '').Properties);
    expect(dashboard).toContain(`TableName\\",\\"${NAME}`);
  });

  it('announces its changes, and gives up what it cannot announce to the same queue', () => {
    const streams = ({ trading }: typeof own) =>
      resourcesOf(trading, 'AWS::Lambda::EventSourceMapping').filter(
        ({ Properties }) => 'StartingPosition' in Properties,
      );
    const [before, after] = [streams(own)[0]?.Properties, streams(restored)[0]?.Properties];
    expect(streams(restored)).toHaveLength(1);
    expect(after).toEqual({ ...before, EventSourceArn: restoredTable.streamArn });
  });

  it.each(STAGE_FUNCTIONS)('moves the rights of %s, its stream and its index with it, and adds none', (name) => {
    const role = `${titleOf(name)}Role`;
    const [before, after] = [own, restored].map(({ trading }) => onTables(statementsOf(trading, role)));
    expect(after?.map(({ actions, conditions }) => [actions, conditions])).toEqual(
      before?.map(({ actions, conditions }) => [actions, conditions]),
    );
    const resources = after?.flatMap((statement) => statement.resources) ?? [];
    for (const each of resources) expect(each === '"*"' || each.includes(`table/${NAME}`), each).toBe(true);
    const indexCount = (statements: readonly Statement[] = []) =>
      statements.flatMap((statement) => statement.resources).filter((each) => each.includes('/index/byDue')).length;
    expect(indexCount(after)).toBe(indexCount(before));
  });

  it('is found by the command line, and its operators may use it', () => {
    expect(restored.trading.toJSON().Outputs.TableName.Value).toBe(NAME);
    const policies = resourcesOf(restored.trading, 'AWS::IAM::ManagedPolicy').map(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument),
    );
    const operators = policies.find((each) => each.includes('dynamodb:UpdateItem'));
    expect(operators).toContain(`table/${NAME}`);
    expect(operators).toContain(`table/${NAME}/index/byDue`);
  });

  it('has the same alarms and dead letters', () => {
    for (const type of ['AWS::CloudWatch::Alarm', 'AWS::SQS::Queue']) {
      for (const part of ['trading', 'watch'] as const) {
        expect(restored[part].findResources(type)).toEqual(own[part].findResources(type));
      }
    }
  });

  it('keeps the own table and all that the state stack has and exports', () => {
    expect(restored.state.toJSON()).toEqual(own.state.toJSON());
  });

  it.each([
    ['of another table', { ...restoredTable, name: 'tminus-live-other' }],
    ['of another region', { ...restoredTable, streamArn: restoredTable.streamArn.replace(region, 'us-west-2') }],
    ['that is the table’s', { ...restoredTable, streamArn: ARN }],
    ['that is empty', { ...restoredTable, streamArn: '' }],
  ])('stops the synthesis at a stream %s', (_, table) => {
    const changed: [StageName, Partial<StageConfig>] = ['live', { restoredTable: table }];
    expect(() => synthSuite(...changed)).toThrow(
      `restoredTable.streamArn is not the ARN of a stream of table ${table.name} in ${region}`,
    );
  });
});
