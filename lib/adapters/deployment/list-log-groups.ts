import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { askWith } from './access-failure.ts';

/** The log groups that a stack has. @throws UpstreamUnavailableError */
export function listLogGroups(client: CloudFormationClient, stackName: string): Promise<readonly string[]> {
  return askWith('cloudformation:ListStackResources', async () => {
    const names: string[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName: stackName },
    )) {
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries) {
        if (ResourceType === 'AWS::Logs::LogGroup' && PhysicalResourceId) names.push(PhysicalResourceId);
      }
    }
    return names;
  });
}
