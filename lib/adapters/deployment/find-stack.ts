import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { accessFailure, isDenied } from './access-failure.ts';

export type FoundStack = {
  /** CloudFormation's status, such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * Undefined when there is no stack of that name.
 * @throws ConfigError when the AWS credentials are missing, invalid or without permission
 * @throws UpstreamUnavailableError
 */
export async function findStack(
  { client }: { readonly client: CloudFormationClient },
  stackName: string,
): Promise<FoundStack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const stack = Stacks?.[0];
    if (stack === undefined) return undefined;
    const pairs = (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']);
    return { status: stack.StackStatus ?? 'UNKNOWN', outputs: Object.fromEntries(pairs) };
  } catch (error) {
    if (isAbsentStack(error)) return undefined;
    throw toFailure(error);
  }
}

/** CloudFormation reports a missing stack as a validation error; only its text tells the two apart. */
export function isAbsentStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

function toFailure(cause: unknown): Error {
  const { name, message } = cause instanceof Error ? cause : { name: 'unknown', message: '' };
  const fix = (text: string): Error => new ConfigError(text, {}, { cause });
  const access = accessFailure(name, message);
  if (access !== undefined) return fix(access);
  if (isDenied(cause)) {
    return fix(
      'These AWS credentials may not read the deployment. They need the permission cloudformation:DescribeStacks, and for the ' +
        'commands permissions for its table, exit queue and open function',
    );
  }
  return new UpstreamUnavailableError('AWS CloudFormation was not reached or did not answer; try again', {}, { cause });
}
