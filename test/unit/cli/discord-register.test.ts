import { describe, expect, it } from 'vitest';
import { registerDiscordCommand } from '#lib/cli/commands/discord-command.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';

describe('tminus discord register', () => {
  it('refuses a stage that takes nothing from Discord, and says where that is written', async () => {
    const done = registerDiscordCommand(createFakeTerminal(), { stage: 'paper' });
    await expect(done).rejects.toThrow(/write discordInteractions into it \(infra\/aws\/stage-config\.ts\) first/);
  });
});
