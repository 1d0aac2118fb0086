import { PresetsSchema } from '#lib/contracts/exit-presets.ts';
import { parseMaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { NO_PRESET } from '#lib/domain/plan/plan-rules.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import type { StageConfig } from './stage-config.ts';

const BOUNDS = EXIT_TERM_BOUNDS;

/** Stops the synthesis before anything is deployed. @throws Error with one line for each bad value of a stage */
export function checkStageConfig(config: StageConfig): void {
  const faults = [
    ...findAccountFaults(config),
    ...findExitFaults(config),
    ...findGateFaults(config),
    ...findLimitFaults(config),
    ...findPaceFaults(config),
    ...findHostFaults(config),
    ...findLiveFaults(config),
    ...findWatchFaults(config),
    ...findTableFaults(config),
    ...findInteractionFaults(config),
  ];
  if (faults.length === 0) return;
  throw new Error(`Stage ${config.name} (infra/aws/stage-config.ts) cannot be deployed:\n  ${faults.join('\n  ')}`);
}

function findAccountFaults({ account }: StageConfig): readonly string[] {
  if (account === null || /^\d{12}$/.test(account)) return [];
  return [`account is "${account}": use the twelve digits of an AWS account, or null`];
}

function findExitFaults({ exits }: StageConfig): readonly string[] {
  const { exitLeadMs, minPriceMicros, slackTicks, maintenance, presets, defaultPreset } = exits;
  const parsed = PresetsSchema.safeParse(presets);
  const { exitLeadMsMin, exitLeadMsMax, minPriceMicrosMax, slackTicksMax } = BOUNDS;
  return [
    ...(isWhole(exitLeadMs, exitLeadMsMin, exitLeadMsMax)
      ? []
      : [`exits.exitLeadMs is ${exitLeadMs}: use ${exitLeadMsMin} to ${exitLeadMsMax} milliseconds`]),
    ...(minPriceMicros >= 1n && minPriceMicros <= minPriceMicrosMax
      ? []
      : [
          `exits.minPriceMicros is ${minPriceMicros}: use 1 (any price) to ${minPriceMicrosMax} millionths of a dollar`,
        ]),
    ...(isWhole(slackTicks, 0, slackTicksMax)
      ? []
      : [`exits.slackTicks is ${slackTicks}: use 0 to ${slackTicksMax} ticks`]),
    ...maintenance
      .filter((text) => parseMaintenanceWindow(text) === undefined)
      .map((text) => `exits.maintenance has "${text}": use 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z`),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `exits.presets.${path.join('.')} ${message}`),
    ...(defaultPreset === NO_PRESET || Object.hasOwn(presets, defaultPreset)
      ? []
      : [`exits.defaultPreset is "${defaultPreset}": use one of exits.presets, or "${NO_PRESET}"`]),
  ];
}

function findGateFaults({ openingGate }: StageConfig): readonly string[] {
  const { roundTripPercentMin, bookAgeMsMax } = openingGate;
  return [
    ...(isWhole(roundTripPercentMin, 0, 100)
      ? []
      : [`openingGate.roundTripPercentMin is ${roundTripPercentMin}: use 0 to 100 percent of the cost`]),
    ...(isWhole(bookAgeMsMax, 1, DAY_MS)
      ? []
      : [`openingGate.bookAgeMsMax is ${bookAgeMsMax}: use 1 to ${DAY_MS} milliseconds`]),
  ];
}

const DAY_MS = 86_400_000;

/** A limit of zero would refuse every opening, which \`tminus halt\` does with a reason. */
function findLimitFaults({ limits }: StageConfig): readonly string[] {
  const { openCountMax, budgetMicrosMax, exposureMicrosMax } = limits;
  const dollars = ['budgetMicrosMax', 'exposureMicrosMax', 'dayLossMicrosMax'] as const;
  return [
    ...(isWhole(openCountMax, 1, COUNT_MAX)
      ? []
      : [`limits.openCountMax is ${openCountMax}: use 1 to ${COUNT_MAX} positions`]),
    ...dollars
      .filter((name) => limits[name] < 1n || limits[name] > MICROS_MAX)
      .map((name) => `limits.${name} is ${limits[name]}: use 1 to ${MICROS_MAX} millionths of a dollar`),
    ...(budgetMicrosMax <= exposureMicrosMax
      ? []
      : [
          `limits.budgetMicrosMax is ${budgetMicrosMax}, more than limits.exposureMicrosMax (${exposureMicrosMax}): ` +
            'no position could use it',
        ]),
  ];
}

/** The functions read up to 15 digits. */
const MICROS_MAX = 999_999_999_999_999n;
const COUNT_MAX = 10_000;

function findPaceFaults({ canaryPeriodMinutes, exitPolling, sellConcurrencyReserved }: StageConfig): readonly string[] {
  return [
    ...(dividesHour(canaryPeriodMinutes)
      ? []
      : [`canaryPeriodMinutes is ${canaryPeriodMinutes}: use minutes that divide 60, such as 5`]),
    ...findPollingFaults(exitPolling),
    ...findReservationFaults(sellConcurrencyReserved, exitPolling),
  ];
}

/** Fewer than the pollers start at once would throttle them: each throttled message comes back 20 s later. */
function findReservationFaults(reserved: number | null, polling: StageConfig['exitPolling']): readonly string[] {
  const least = polling.kind === 'standard' ? polling.concurrencyMax : 10 * polling.pollerCountMax;
  if (reserved === null || isWhole(reserved, least, COUNT_MAX)) return [];
  return [
    `sellConcurrencyReserved is ${reserved}: use null, or ${least} (what exitPolling runs at once) to ${COUNT_MAX}`,
  ];
}

/** Lambda's bounds for a queue. CDK accepts one provisioned poller, the minimum of Kafka; the deployment would fail. */
function findPollingFaults(polling: StageConfig['exitPolling']): readonly string[] {
  if (polling.kind === 'standard') {
    const { concurrencyMax } = polling;
    if (isWhole(concurrencyMax, 2, 1_000)) return [];
    return [`exitPolling.concurrencyMax is ${concurrencyMax}: use 2 to 1000 invocations`];
  }
  const { pollerCountMin, pollerCountMax } = polling;
  if (isWhole(pollerCountMin, 2, 200) && isWhole(pollerCountMax, pollerCountMin, 2_000)) return [];
  return [
    `exitPolling has ${pollerCountMin} to ${pollerCountMax} pollers: use pollerCountMin of 2 to 200, and ` +
      'pollerCountMax from there to 2000',
  ];
}

function findHostFaults({ hosts, live }: StageConfig): readonly string[] {
  const named = { ...hosts, ...(live?.relayerHost !== undefined && { 'live.relayerHost': live.relayerHost }) };
  return Object.entries(named)
    .filter(([, host]) => !/^https?:$/.test(URL.parse(host)?.protocol ?? ''))
    .map(([name]) => `${name in hosts ? `hosts.${name}` : name} is no web address: use https://…`);
}

/** A cron expression counts the minutes of an hour. */
function dividesHour(minutes: number): boolean {
  return isWhole(minutes, 1, 60) && 60 % minutes === 0;
}

function findWatchFaults({ walletWatch, redeemForeign, walletWatchPeriodMinutes: minutes, live }: StageConfig) {
  const isTakingIn = walletWatch === 'guard' || redeemForeign;
  return [
    ...(isTakingIn && live === null
      ? [
          "walletWatch or redeemForeign takes in shares and live is null: no wallet would be watched. Set live, or walletWatch: 'off' and redeemForeign: false",
        ]
      : []),
    ...(dividesHour(minutes) ? [] : [`walletWatchPeriodMinutes is ${minutes}: use a divisor of 60 minutes`]),
    ...(redeemForeign && walletWatch === 'off'
      ? [
          "redeemForeign is true and walletWatch is off: nothing would look for winnings. Use walletWatch: 'tell' or 'guard'",
        ]
      : []),
  ];
}

/** A stream's ARN names table and region, and its label is the time at which the stream was switched on. */
function findTableFaults({ restoredTable, region }: StageConfig): readonly string[] {
  if (restoredTable === null) return [];
  const { name, streamArn } = restoredTable;
  const form = /^arn:aws:dynamodb:([a-z0-9-]+):\d{12}:table\/([A-Za-z0-9_.-]{3,255})\/stream\/[0-9T:.-]+$/;
  const [, streamRegion, tableName] = form.exec(streamArn) ?? [];
  if (tableName === name && streamRegion === region) return [];
  return [
    `restoredTable.streamArn is not the ARN of a stream of table ${name} in ${region}: ` +
      `aws dynamodb describe-table --table-name ${name} --query Table.LatestStreamArn shows it`,
  ];
}

/** A typing error here would lock its owner out, or let a stranger in. */
function findInteractionFaults({ discordInteractions: given, hasDiscord }: StageConfig): readonly string[] {
  if (given === null) return [];
  const { applicationId, publicKey, guildId, channelId, allowedUserIds, allowedRoleIds, concurrencyReserved } = given;
  const ids = { applicationId, guildId, ...(channelId !== undefined && { channelId }) };
  const isId = (id: string): boolean => /^\d{17,20}$/.test(id);
  const lists = { allowedUserIds, allowedRoleIds };
  return [
    ...(hasDiscord ? [] : ['discordInteractions is set and hasDiscord is false: no card would have a button']),
    ...Object.entries(ids)
      .filter(([, id]) => !isId(id))
      .map(([name, id]) => `discordInteractions.${name} is "${id}": use an id of Discord, 17 to 20 digits`),
    ...Object.entries(lists).flatMap(([name, each]) =>
      each.filter((id) => !isId(id)).map((id) => `discordInteractions.${name} has "${id}": use ids of 17 to 20 digits`),
    ),
    ...(allowedUserIds.length + allowedRoleIds.length > 0
      ? []
      : ['discordInteractions allows no person: name allowedUserIds or allowedRoleIds']),
    // Discord gives every member of a server the role that has the server's own id.
    ...(allowedRoleIds.includes(guildId)
      ? ['discordInteractions.allowedRoleIds has the id of the server: that is the role of every member']
      : []),
    ...(/^[0-9a-f]{64}$/i.test(publicKey)
      ? []
      : ['discordInteractions.publicKey is no public key: use the 64 hexadecimal digits of General Information']),
    ...(concurrencyReserved === null || isWhole(concurrencyReserved, 2, 100)
      ? []
      : [`discordInteractions.concurrencyReserved is ${concurrencyReserved}: use null, or 2 to 100 runs at once`]),
  ];
}

/** A URL may contain a provider's key and is not shown. */
function findLiveFaults({ name, live }: StageConfig): readonly string[] {
  if (live !== null && name === 'paper') return ['live is set: a paper stage has no key. Use the stage live'];
  if (live === null || live.polygonRpcUrl === 'parameter' || /^https:\/\/./.test(live.polygonRpcUrl ?? '')) return [];
  return [
    'live.polygonRpcUrl is missing or no https URL: live trading needs a Polygon node (POLYGON_RPC_URL). Write its URL, ' +
      "or 'parameter' to pass it at the deployment, which keeps a key in it out of the template",
  ];
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
