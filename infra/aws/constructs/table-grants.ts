import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { DUE_INDEX } from '#lib/adapters/dynamodb/table-schema.ts';

/** What each use of the table needs, action by action; a transaction needs the actions of its items. */
export type TableUse =
  | 'open-positions'
  | 'step-positions'
  | 'send-canaries'
  | 'sweep'
  | 'list-positions'
  | 'keep-notices';

const ROW_ACTIONS = {
  // The paper ledger is queried by its partition, and a day's loss is checked inside the opening transaction.
  'open-positions': ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
  'step-positions': ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  // As an opening and its void, without the account's counters: a canary takes no room and books no loss.
  'send-canaries': ['GetItem', 'Query', 'PutItem', 'DeleteItem'],
  sweep: ['GetItem'],
  'list-positions': ['GetItem', 'Query'],
  'keep-notices': ['PutItem', 'DeleteItem'],
} as const satisfies Record<TableUse, readonly string[]>;

/** Rows of `dynamodb-notice-ledger`: who tells about positions has no business with their rows. */
const NOTICE_ROWS = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['NOTICE#*'] } } as const;

/** Grants one use of the table's rows, and of its index where the use is the sweep. */
export function grantTable(table: TableV2, grantee: IGrantable, use: TableUse): void {
  Grant.addToPrincipal({
    grantee,
    actions: ROW_ACTIONS[use].map((action) => `dynamodb:${action}`),
    resourceArns: [table.tableArn],
    ...(use === 'keep-notices' && { conditions: NOTICE_ROWS }),
  });
  if (use !== 'sweep') return;
  Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:Query'],
    resourceArns: [`${table.tableArn}/index/${DUE_INDEX.name}`],
  });
}
