import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { accessFailure } from './access-failure.ts';

export type FoundStack = {
  /** CloudFormation's word for how its last change went, e.g. `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * The stack as CloudFormation knows it; undefined when there is none of that name.
 * @throws ConfigError when AWS does not know who asks, or does not let him
 * @throws UpstreamUnavailableError when it was not reached or did not answer
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
    if (isAbsent(error)) return undefined;
    throw toFailure(error);
  }
}

/** An absent stack is a malformed request in CloudFormation's eyes; only its text tells it from the others. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

const NOT_ALLOWED: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);
function toFailure(cause: unknown): Error {
  const { name, message } = cause instanceof Error ? cause : { name: 'unknown', message: '' };
  const mend = (text: string): Error => new ConfigError(text, {}, { cause });
  const access = accessFailure(name, message);
  if (access !== undefined) return mend(access);
  if (NOT_ALLOWED.has(name)) {
    return mend(
      'These AWS credentials may not look for the deployment. They need the right cloudformation:DescribeStacks, and for the ' +
        'commands themselves rights to its table, exit queue and open function',
    );
  }
  return new UpstreamUnavailableError('AWS CloudFormation was not reached or did not answer; try again', {}, { cause });
}
