import { type DiscordInteractions, type StageName, stageConfigOf } from '#infra/aws/stage-config.ts';
import { DISCORD_HOST } from '#lib/adapters/discord/interactions/discord-app-api.ts';
import { ensureOwnWebhook, registerCommands } from '#lib/adapters/discord/interactions/register-application.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { storeSecret } from '#lib/cli/store-secret.ts';
import { orAskToLogIn } from '#lib/cli/suite/ask-to-log-in.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import { REMOTE_LIMITS } from '#lib/cli/suite/read-stage.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { createVaultClients } from '#lib/runtime/vault-clients.ts';
import { toJson } from '#lib/words/to-json.ts';

export type RegisterOptions = {
  readonly stage: StageName;
  /** Where cards go; default: the channel of the stage's settings. */
  readonly channel?: string;
  readonly json?: boolean;
};

const DEADLINE_MS = 30_000;

/**
 * Says to Discord which commands there are, and stores the address of a webhook that the application owns as that of
 * the stage. The bot's token is taken from the environment and written nowhere. Safe to repeat.
 */
export async function registerDiscordCommand(terminal: Terminal, options: RegisterOptions): Promise<ExitCode> {
  const { stage, json = false } = options;
  const { discordInteractions, region } = stageConfigOf(stage);
  const settings = requireSettings(stage, discordInteractions);
  const channelId = requireChannel(options.channel ?? settings.channelId);
  const botToken = requireToken(terminal.env.DISCORD_BOT_TOKEN);
  assertProfileExists(terminal.env);
  const host = terminal.env.DISCORD_API_HOST || DISCORD_HOST;
  const deps = { clock: systemClock, host, botToken, deadlineAtMs: systemClock.nowMs() + DEADLINE_MS };
  const commands = await registerCommands(deps, settings);
  const webhook = await ensureOwnWebhook(deps, { ...settings, channelId });
  const secret = `tminus/${stage}/discord-webhook`;
  const env = { ...terminal.env, AWS_REGION: terminal.env.AWS_REGION || region };
  const clients = createVaultClients(env, REMOTE_LIMITS);
  try {
    await storeSecret(clients.secretsManager, secret, webhook.url).catch(orAskToLogIn);
  } finally {
    clients.destroy();
  }
  const { guildId } = settings;
  if (json) terminal.out(toJson({ guildId, commands, channelId, isNewWebhook: webhook.isNew, storedAs: secret }));
  else {
    terminal.out(`Server ${guildId} has the commands ${commands.join(', ')}.`);
    terminal.out(
      `Cards of stage ${stage} go to channel ${channelId} by ${webhook.isNew ? 'a new' : 'the'} webhook of the application, ` +
        `whose address is stored in the secret ${secret}. Running functions read it within the hour, or at the next deployment.`,
    );
  }
  return EXIT_CODES.ok;
}

function refuse(code: string, message: string): CliError {
  return new CliError(EXIT_CODES.refused, code, message);
}

function requireSettings(stage: StageName, settings: DiscordInteractions | null): DiscordInteractions {
  if (settings !== null) return settings;
  throw refuse(
    'no-interactions',
    `Stage ${stage} takes nothing from Discord: write discordInteractions into it (infra/aws/stage-config.ts) first.`,
  );
}

function requireChannel(channelId: string | undefined): string {
  if (channelId !== undefined && /^\d{17,20}$/.test(channelId)) return channelId;
  throw refuse('no-channel', 'Which channel? Add --channel with its id, 17 to 20 digits (Copy Channel ID in Discord).');
}

/** Not as an option: the shell's history would keep it. */
function requireToken(token: string | undefined): string {
  if (token !== undefined && /^[\w.-]{10,200}$/.test(token)) return token;
  throw refuse(
    'no-bot-token',
    'Set DISCORD_BOT_TOKEN to the token of the application’s bot (Developer Portal, Bot, Reset Token) for this call.',
  );
}
