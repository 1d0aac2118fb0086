import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Deployment, DeploymentPart, ExpectedPart } from '#lib/ports/deployment.ts';
import { describeFailure, isDenied } from './access-failure.ts';
import { type PartClients, readAlarms, readPart, readQueue } from './read-part.ts';

export type AwsDeploymentDeps = PartClients & {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Parts that the suite's own settings name, whatever its stacks contain. */
  readonly named: readonly ExpectedPart[];
  /** Never throws. */
  readonly listStacks: (abortSignal: AbortSignal) => Promise<StackParts>;
};

/** What the suite's stacks contain. */
export type StackParts = {
  /** The stacks themselves, and what they failed to create. */
  readonly seen: readonly DeploymentPart[];
  /** To be read. */
  readonly parts: readonly ExpectedPart[];
};

export function createAwsDeployment(deps: AwsDeploymentDeps): Deployment {
  return {
    listParts: async (deadlineAtMs) => {
      const abortSignal = untilSignal(deps, deadlineAtMs);
      const { seen, parts } = await deps.listStacks(abortSignal);
      const expected = withoutRepeats([...parts, ...deps.named]);
      const alarms = readAlarms(
        deps,
        expected.filter(({ kind }) => kind === 'alarm'),
        abortSignal,
      );
      const others = await Promise.all(expected.map((part) => readOne(deps, part, abortSignal)));
      return [...seen, ...others.flat(), ...(await alarms)];
    },
    getConcurrency: async (deadlineAtMs) => {
      const abortSignal = untilSignal(deps, deadlineAtMs);
      try {
        const { AccountLimit } = await deps.lambda.send(new GetAccountSettingsCommand({}), { abortSignal });
        return AccountLimit?.ConcurrentExecutions ?? null;
      } catch (cause) {
        const why = isDenied(cause) ? 'the permission lambda:GetAccountSettings is missing' : describeFailure(cause);
        throw new UpstreamUnavailableError(`The limits of the account could not be read: ${why}`, {}, { cause });
      }
    },
  };
}

async function readOne(deps: PartClients, part: ExpectedPart, signal: AbortSignal): Promise<readonly DeploymentPart[]> {
  switch (part.kind) {
    case 'stack':
    case 'alarm':
      return [];
    case 'queue':
    case 'dead-letter-queue':
      return [await readQueue(deps, part, signal)];
    default:
      return [await readPart(deps, { ...part, kind: part.kind }, signal)];
  }
}

/** The first of two entries is kept: a stack knows a shorter name. */
function withoutRepeats(parts: readonly ExpectedPart[]): readonly ExpectedPart[] {
  return [...Map.groupBy(parts, ({ kind, id }) => `${kind} ${id}`).values()].flatMap((same) => same.slice(0, 1));
}

function untilSignal({ clock }: AwsDeploymentDeps, deadlineAtMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(deadlineAtMs - clock.nowMs(), 1));
}
