import { ConfirmSubscriptionCommand } from '@aws-sdk/client-sns';
import { describeFailure, isDenied } from '#lib/adapters/deployment/access-failure.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import { REMOTE_LIMITS } from '#lib/cli/suite/read-stage.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { createSnsClient } from '#lib/runtime/deployment-clients.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ConfirmAlarmsOptions = { readonly json?: boolean };

/** The topics of alarms, by the name that the watch stack gives them. */
const TOPIC = /^arn:aws[a-z-]*:sns:(?<region>[a-z0-9-]+):\d{12}:(?<name>tminus-[a-z]+-(?:page|ticket))$/;

/**
 * Confirms an e-mail address for pages or tickets by the link that AWS has sent to it, signed. The links at the end of
 * its e-mails then ask for a log-in: a link that was opened, also by a mail filter, ends nothing. Repeating it with the
 * same link is safe, also after the link was opened.
 */
export async function confirmAlarmsCommand(
  terminal: Terminal,
  link: string,
  { json = false }: ConfirmAlarmsOptions,
): Promise<ExitCode> {
  const { topicArn, token, region, name } = parseLink(link);
  assertProfileExists(terminal.env);
  const client = createSnsClient({ ...terminal.env, AWS_REGION: region }, REMOTE_LIMITS);
  try {
    const request = { TopicArn: topicArn, Token: token, AuthenticateOnUnsubscribe: 'true' };
    const { SubscriptionArn } = await client.send(new ConfirmSubscriptionCommand(request)).catch(refused);
    terminal.out(
      json
        ? toJson({ topic: name, subscriptionArn: SubscriptionArn ?? null })
        : `Confirmed: what is sent to ${name} reaches this address, and only a log-in at AWS ends that.`,
    );
    return EXIT_CODES.ok;
  } finally {
    client.destroy();
  }
}

function parseLink(link: string): { topicArn: string; token: string; region: string; name: string } {
  // Copied out of an e-mail, it may have brackets, blanks or escaped ampersands.
  const text = link.trim().replace(/^<|>$/g, '').replaceAll('&amp;', '&');
  const params = URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams();
  const topicArn = params.get('TopicArn') ?? '';
  const token = params.get('Token') ?? '';
  const { region, name } = TOPIC.exec(topicArn)?.groups ?? {};
  if (region === undefined || name === undefined || token === '') {
    throw new CliError(
      EXIT_CODES.usage,
      'not-a-confirmation',
      'This is not the link of an e-mail from AWS Notifications about pages or tickets of T-minus. Copy the address behind "Confirm subscription", in quotes, without opening it.',
    );
  }
  return { topicArn, token, region, name };
}

/** The link is not shown: its token confirms the address. */
function refused(error: unknown): never {
  const name = error instanceof Error ? error.name : '';
  if (name.startsWith('InvalidParameter') || name.startsWith('NotFound')) {
    throw new CliError(
      EXIT_CODES.refused,
      'link-expired',
      'AWS does not take this link: it is valid for some days, and for its own topic. Subscribe the address again (OPERATE.md, "No notifications").',
    );
  }
  const why = isDenied(error) ? 'the permission sns:ConfirmSubscription is missing' : describeFailure(error);
  throw new CliError(EXIT_CODES.notRunning, 'not-confirmed', `The address could not be confirmed: ${why}.`);
}
