import * as z from 'zod';
import { WebUrlSchema } from '#functions/wiring/setting-schemas.ts';
import { PRODUCTION_HOSTS, type VenueHosts } from '#infra/aws/stage-config.ts';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';

const HostsSchema = z.object({
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  BINANCE_HOST: WebUrlSchema,
  DATA_HOST: WebUrlSchema,
});

/** The user does not wait longer to learn that there is no network. */
const REACH_DEADLINE_MS = 5_000;

/** Polymarket's own hosts, unless the environment names others. @throws ConfigError naming each bad value */
export function readPublicHosts(env: Env): VenueHosts {
  const given = Object.entries(PRODUCTION_HOSTS).map(([name, host]) => [name, env[name] || host]);
  return parseEnv(HostsSchema, Object.fromEntries(given));
}

/**
 * Asks each host once, side by side, before anything is started. Returns what does without, in one sentence: the price
 * of the underlying is recorded and decides nothing.
 * @throws CliError 5 when books or markets cannot be read
 */
export async function reachPublicHosts(hosts: VenueHosts, nowMs: () => number): Promise<string | null> {
  const deadlineAtMs = nowMs() + REACH_DEADLINE_MS;
  const find = async (host: string, path: string, query: Readonly<Record<string, string>> = {}) => {
    const name = new URL(host).host;
    try {
      const { status } = await getJson(
        { clock: { nowMs } },
        { url: joinUrl(host, path, query), what: name, deadlineAtMs },
      );
      return status < 400 ? null : `${name} answered ${status}`;
    } catch (error) {
      if (!(error instanceof TminusError)) throw error;
      return error.message.replace(/^The (?:server of|answer for) /, '');
    }
  };
  const [clob, gamma, binance] = await Promise.all([
    find(hosts.CLOB_HOST, '/time'),
    find(hosts.GAMMA_HOST, '/markets', { limit: '1' }),
    find(hosts.BINANCE_HOST, '/api/v3/ticker/price', { symbol: 'BTCUSDT' }),
  ]);
  const faults = new Set([clob, gamma].filter((fault) => fault !== null));
  if (faults.size === 0) return binance === null ? null : `Prices of the underlying are missing: ${binance}.`;
  throw new CliError(
    EXIT_CODES.notRunning,
    'venue-unreachable',
    `Polymarket's public data cannot be reached (${[...faults].join('; ')}): check the network of this machine, or name other hosts in CLOB_HOST and GAMMA_HOST.`,
  );
}
