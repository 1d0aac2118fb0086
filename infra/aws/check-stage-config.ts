import { parseMaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import type { StageConfig } from './stage-config.ts';

const BOUNDS = EXIT_TERM_BOUNDS;

/** Stops the synthesis before anything is deployed. @throws Error with one line for each bad value of a stage */
export function checkStageConfig(config: StageConfig): void {
  const faults = [...findExitFaults(config), ...findGateFaults(config), ...findLiveFaults(config)];
  if (faults.length === 0) return;
  throw new Error(`Stage ${config.name} (infra/aws/stage-config.ts) cannot be deployed:\n  ${faults.join('\n  ')}`);
}

function findExitFaults({ exits }: StageConfig): readonly string[] {
  const { exitLeadMs, minPriceMicros, slackTicks, maintenance } = exits;
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

/** A URL may contain a provider's key and is not shown. */
function findLiveFaults({ live }: StageConfig): readonly string[] {
  if (live === null || live.polygonRpcUrl === 'parameter' || /^https:\/\/./.test(live.polygonRpcUrl ?? '')) return [];
  return [
    'live.polygonRpcUrl is missing or no https URL: live trading needs a Polygon node (POLYGON_RPC_URL). Write its URL, ' +
      "or 'parameter' to pass it at the deployment, which keeps a key in it out of the template",
  ];
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
