import { type CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { describeFailure, isDenied } from './access-failure.ts';

/** The log groups that a stack has. @throws UpstreamUnavailableError */
export async function listLogGroups(client: CloudFormationClient, stackName: string): Promise<readonly string[]> {
  try {
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
  } catch (cause) {
    const denied = 'The permission cloudformation:ListStackResources is missing';
    throw new UpstreamUnavailableError(isDenied(cause) ? denied : describeFailure(cause), {}, { cause });
  }
}
