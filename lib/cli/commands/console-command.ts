import { randomBytes } from 'node:crypto';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { aborted, endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { actingOf } from '#lib/cli/suite/acting.ts';
import { followSuite } from '#lib/cli/suite/connect-console.ts';
import type { SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { actRoutes } from '#lib/console/act/act-routes.ts';
import { createActions } from '#lib/console/act/create-actions.ts';
import { historyRoutes } from '#lib/console/history/history-routes.ts';
import { nowRoutes } from '#lib/console/now/now-routes.ts';
import { positionRoutes } from '#lib/console/position/position-routes.ts';
import { startConsole } from '#lib/console/server/start-console.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ConsoleOptions = SuiteChoice & { readonly port: number; readonly json?: boolean };

const TOKEN_BYTES = 32;

/**
 * Serves the console's page on 127.0.0.1 until it is interrupted. @throws CliError 5 when there is no suite, 1 when the
 * port is taken
 */
export async function consoleCommand(terminal: Terminal, options: ConsoleOptions): Promise<ExitCode> {
  const interruption = untilInterrupted();
  const parent = endWithParent(terminal.env);
  try {
    const feed = await followSuite(options, terminal.env);
    const { current } = feed;
    try {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const actions = createActions({
        clock,
        current,
        acting: (reason) => actingOf(terminal, current().suite, { ...options, ...(reason !== null && { reason }) }),
        isCopy: options.table !== undefined,
      });
      const routes = [
        nowRoutes(feed, clock),
        positionRoutes(() => current().life, clock),
        historyRoutes(() => current().suite.store, clock),
        actRoutes(actions, feed.refresh),
      ];
      const served = await serve(options.port, token, routes);
      show(terminal, options, `${served.url}/#token=${token}`, current().about.place);
      await aborted(interruption.signal);
      await served.stop();
    } finally {
      await feed.stop();
    }
    return EXIT_CODES.ok;
  } finally {
    parent.dispose();
    interruption.dispose();
  }
}

async function serve(port: number, token: string, routes: Parameters<typeof startConsole>[0]['routes']) {
  try {
    return await startConsole({ port, token, routes });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new CliError(EXIT_CODES.failure, 'port-taken', `Port ${port} is taken. Without --port a free one is used.`);
  }
}

/** The address alone stands on its line: terminals open it with a click, and it can be copied whole. */
function show(terminal: Terminal, { json }: ConsoleOptions, url: string, place: string): void {
  if (json === true) {
    terminal.out(toJson({ url, place }));
    return;
  }
  terminal.out(narrate(`The console of ${place}. Open this address in a browser on this machine:`));
  terminal.out(url);
  terminal.out(narrate('It holds the token of this run: its holder can act with your rights. Ctrl-C ends it.'));
}
