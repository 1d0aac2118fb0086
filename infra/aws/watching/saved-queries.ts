import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export type SavedQuery = { readonly id: string; readonly title: string; readonly text: string };

/**
 * Questions of an incident, in CloudWatch's query language. The console asks about the last hour unless told otherwise.
 */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    id: 'PositionLife',
    title: "1 One position's life",
    // By the whole line: lists of ids, as the sweep's, name positions as well.
    text: `# Replace POSITION_ID
fields @timestamp, service, level, message, facts.outcome, facts.state, cause, facts.errorName, awsRequestId, commit
| filter @message like "POSITION_ID"
| sort @timestamp asc
| limit 1000`,
  },
  {
    id: 'ErrorsByCause',
    title: '2 Errors by cause',
    text: `fields coalesce(facts.errorName, message) as error
| filter level in ["ERROR", "WARN"]
| stats count(*) as lines, count_distinct(positionId) as positions, latest(facts.errorMessage) as says, latest(facts.errorFrames.0) as thrownAt, latest(awsRequestId) as request, max(@timestamp) as lastAt by service, level, error, commit
| sort lines desc
| limit 50`,
  },
  {
    id: 'RefusalsByCause',
    title: '3 Refused sells by cause',
    text: `filter ispresent(ExitRefused)
| stats sum(ExitRefused) as refusals, count_distinct(positionId) as positions, latest(positionId) as example, max(@timestamp) as lastAt by cause
| sort refusals desc`,
  },
  {
    id: 'LateExits',
    title: '4 Exits by lateness',
    text: `filter ispresent(OrderLateness)
| fields @timestamp, positionId, OrderLateness as latenessMs, awsRequestId, commit
| sort latenessMs desc
| limit 50`,
  },
  {
    id: 'SlowCalls',
    title: '5 Slow and failed calls to the venue',
    text: `filter message = "A call was slow or failed"
| stats count(*) as calls, pct(facts.tookMs, 50) as p50Ms, max(facts.tookMs) as slowestMs, count_distinct(positionId) as positions, max(@timestamp) as lastAt by facts.host, facts.path, facts.status, service
| sort calls desc
| limit 50`,
  },
];

export type SavedQueriesProps = { readonly stage: string; readonly logGroups: readonly ILogGroup[] };

/**
 * In the console below Logs Insights, in the folder of the stage. Saving costs nothing; asking, half a cent for each
 * gigabyte read.
 */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { stage, logGroups }: SavedQueriesProps) {
    super(scope, id);
    for (const query of SAVED_QUERIES) {
      new CfnQueryDefinition(this, query.id, {
        name: `tminus-${stage}/${query.title}`,
        queryString: query.text,
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
      });
    }
  }
}
