import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * What an answer of the venue or of a node takes beyond its work, seen from AWS: 50 to 300 ms of a node, 100 to 300 ms
 * of the venue's servers. An assumption; on this machine an answer takes 1 ms.
 */
export const ANSWER_MS = 150;

const HOSTS = ['DATA_HOST', 'GAMMA_HOST', 'CLOB_HOST', 'POLYGON_RPC_URL'] as const;

type Env = Readonly<Record<string, string>>;

/** The environment with the hosts outside AWS behind proxies that pass each request on after `ANSWER_MS`. */
export async function startSlowHosts(env: Env): Promise<{ readonly env: Env; stop(): Promise<void> }> {
  const served = await Promise.all(HOSTS.map(async (name) => ({ name, ...(await startSlowHost(env[name] ?? '')) })));
  return {
    env: { ...env, ...Object.fromEntries(served.map(({ name, url }) => [name, url])) },
    stop: async () => {
      await Promise.all(served.map(({ stop }) => stop()));
    },
  };
}

async function startSlowHost(target: string) {
  const { hostname: host, port: targetPort } = new URL(target);
  const server = createServer((incoming, reply) => {
    const { method, url: path, headers } = incoming;
    const passOn = (): void => {
      const outgoing = request({ host, port: targetPort, method, path, headers }, (answer) => {
        answer.pipe(reply.writeHead(answer.statusCode ?? 502, answer.headers));
      });
      outgoing.once('error', () => reply.destroy());
      incoming.pipe(outgoing);
    };
    setTimeout(passOn, ANSWER_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
