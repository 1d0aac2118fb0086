import { formatMicros } from '#lib/domain/market/money.ts';
import type { MaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { SIGNATURE_TYPES, type SignatureType, type VenueAccount } from '#lib/ports/venue/venue-account.ts';
import { type Finding, ok, type PlannedCheck, red, warning } from './check.ts';

export type VenueCheckDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly account: VenueAccount;
  readonly signatureType: SignatureType;
  readonly maintenance: readonly MaintenanceWindow[];
};

/** The only protocol version whose orders are signed (venue §1.3). */
const PROTOCOL_VERSION = 2;

/** The venue's time has whole seconds. Requests are signed with it, so a skew up to the next limit only warns. */
const SKEW_MS_ODD = 2_000;
/** Beyond this, exits would start seconds too late or too early. */
const SKEW_MS_MAX = 5_000;

const DAY_MS = 86_400_000;
const UNREACHED =
  'Check that the venue is up (status.polymarket.com) and that CLOB_HOST is right. Nothing can be sold meanwhile.';

export function planVenueChecks(deps: VenueCheckDeps): readonly PlannedCheck[] {
  const { account } = deps;
  const hard = { isHard: true, whenUnread: 'red', adviceWhenUnread: UNREACHED } as const;
  return [
    { name: 'clock', ...hard, run: (untilMs) => checkClock(deps, untilMs) },
    {
      name: 'order protocol',
      isHard: true,
      // The other checks show whether the venue can be reached.
      whenUnread: 'warning',
      adviceWhenUnread: 'The venue did not return its protocol version. Check again before you go live.',
      run: async (untilMs) => judgeVersion(await account.getProtocolVersion(untilMs)),
    },
    {
      name: 'country',
      isHard: true,
      whenUnread: 'warning',
      adviceWhenUnread: 'The venue did not return whether it accepts orders from here. Check again before you go live.',
      run: async (untilMs) => judgeGeoblock(await account.getGeoblock(untilMs)),
    },
    {
      name: 'credentials',
      isHard: true,
      whenUnread: 'warning',
      adviceWhenUnread: 'The venue did not return whether the account may open. A cash balance proves the credentials.',
      run: (untilMs) => checkCredentials(account, untilMs),
    },
    { name: 'cash', ...hard, run: (untilMs) => checkCash(deps, untilMs) },
    {
      name: 'maintenance',
      isHard: false,
      whenUnread: 'warning',
      adviceWhenUnread: '',
      run: async () => judgeMaintenance(deps),
    },
  ];
}

async function checkClock({ account, clock }: VenueCheckDeps, untilMs: number): Promise<Finding> {
  const askedAtMs = clock.nowMs();
  const venueMs = await account.getTimeMs(untilMs);
  const answeredAtMs = clock.nowMs();
  // The venue wrote the answer between request and reply: only what lies outside is skew.
  const skewMs = venueMs + 1_000 < askedAtMs ? askedAtMs - venueMs - 1_000 : Math.max(venueMs - answeredAtMs, 0);
  const found =
    skewMs === 0 ? "agrees with the venue's" : `differs from the venue's by ${(skewMs / 1_000).toFixed(1)} s`;
  const advice = 'Set the clock by NTP: exits are due to the second by this clock.';
  if (skewMs > SKEW_MS_MAX) return red(found, advice);
  return skewMs > SKEW_MS_ODD ? warning(found, advice) : ok(found);
}

function judgeVersion(version: number): Finding {
  const found = `the venue accepts orders of version ${version}`;
  if (version === PROTOCOL_VERSION) return ok(found);
  return red(
    found,
    `This release signs version ${PROTOCOL_VERSION}. Halt openings (\`tminus halt\`) and install a release that signs the new one.`,
  );
}

function judgeGeoblock({ blocked, country }: { readonly blocked: boolean; readonly country: string }): Finding {
  if (!blocked) return ok(`orders are accepted from ${country}`);
  return red(
    `the venue refuses orders from ${country}`,
    'The region of the functions decides: deploy to one the venue does not restrict, such as eu-west-1. Check for yourself whether you may trade.',
  );
}

/** By a request that needs key and credentials. */
async function checkCredentials(account: VenueAccount, untilMs: number): Promise<Finding> {
  try {
    if (!(await account.isClosedOnly(untilMs))) return ok('the venue accepts them, and the account may open and close');
    return red(
      'the account may only sell',
      'The venue has set it to closed-only mode. Exits still work; ask the venue for the reason.',
    );
  } catch (error) {
    if (!(error instanceof RejectedByUpstreamError)) throw error;
    return red(
      'the venue does not accept them',
      'Derive them again with the key that signs, and store them under LIVE_CREDENTIALS_SECRET: `tminus credentials` does both.',
    );
  }
}

/** The venue keeps a balance for each signature type. Cash under another type means a wrong setting. */
async function checkCash({ account, signatureType }: VenueCheckDeps, untilMs: number): Promise<Finding> {
  const { balanceMicros: own } = await account.getCollateral(signatureType, untilMs);
  if (own > 0n) return ok(`$${formatMicros(own)} for signature type ${signatureType}`);
  const other = await findCashElsewhere(account, untilMs);
  if (other !== undefined) {
    return red(
      `none for signature type ${signatureType}, but $${formatMicros(other.balanceMicros)} for type ${other.type}`,
      `Set LIVE_SIGNATURE_TYPE to ${other.type}, if that is the wallet you mean.`,
    );
  }
  return red(
    'the venue sees none',
    'Check LIVE_WALLET_ADDRESS, pay in, and refresh the venue’s balance (OPERATE.md, Go live).',
  );
}

/** Best effort: the venue may refuse types that the account does not have. */
async function findCashElsewhere(account: VenueAccount, untilMs: number) {
  const balances = await Promise.all(
    SIGNATURE_TYPES.map(async (type) => {
      const read = await account.getCollateral(type, untilMs).catch(() => ({ balanceMicros: 0n }));
      return { type, balanceMicros: read.balanceMicros };
    }),
  );
  return balances.find(({ balanceMicros }) => balanceMicros > 0n);
}

function judgeMaintenance({ clock, maintenance }: VenueCheckDeps): Finding {
  const nowMs = clock.nowMs();
  const next = maintenance
    .filter(({ endsAtMs }) => endsAtMs > nowMs)
    .toSorted((a, b) => a.startsAtMs - b.startsAtMs)
    .at(0);
  if (next === undefined) return ok('no window is set (MAINTENANCE_WINDOWS)');
  const from = new Date(next.startsAtMs).toISOString();
  const found =
    next.startsAtMs <= nowMs
      ? `a window is open until ${new Date(next.endsAtMs).toISOString()}`
      : `next window ${from}`;
  if (next.startsAtMs > nowMs + DAY_MS) return ok(found);
  return warning(found, 'Openings whose exit would fall into it are refused. Open positions are not affected.');
}
