import type { Interaction } from './interaction.ts';

/** Who may act, and where. Ids that are not named may do nothing. */
export type InteractionRules = {
  readonly applicationId: string;
  readonly guildId: string;
  /** Null: any channel of the server that the application is shown in. */
  readonly channelId: string | null;
  readonly allowedUserIds: readonly string[];
  readonly allowedRoleIds: readonly string[];
};

export type Denial = 'other-application' | 'other-server' | 'other-channel' | 'not-allowed';

type Sent = Pick<
  Exclude<Interaction, { kind: 'ping' }>,
  'applicationId' | 'guildId' | 'channelId' | 'userId' | 'roleIds'
>;

/** Null where the sender may act. Direct messages have no server, and so are refused. */
export function findDenial(rules: InteractionRules, sent: Sent): Denial | null {
  if (sent.applicationId !== rules.applicationId) return 'other-application';
  if (sent.guildId !== rules.guildId) return 'other-server';
  if (rules.channelId !== null && sent.channelId !== rules.channelId) return 'other-channel';
  const isAllowed =
    (sent.userId !== null && rules.allowedUserIds.includes(sent.userId)) ||
    sent.roleIds.some((roleId) => rules.allowedRoleIds.includes(roleId));
  return isAllowed ? null : 'not-allowed';
}
