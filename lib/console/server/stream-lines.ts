import type { FastifyReply } from 'fastify';
import { shownText } from './shown-text.ts';

/** One answer that never ends: a line of JSON for each message. */
export type LineStream = {
  /** False while the reader is slower than what is sent: what is sent meanwhile waits in memory. */
  send(message: unknown): boolean;
  onDrain(listener: () => void): void;
};

/**
 * Answers with lines of JSON until the reader goes. `EventSource` cannot send the token, so the page reads the stream
 * by `fetch`.
 */
export function streamLines(reply: FastifyReply, run: (stream: LineStream) => () => void): void {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  const end = run({
    send: (message) => raw.write(`${shownText(JSON.stringify(message))}\n`),
    onDrain: (listener) => void raw.on('drain', listener),
  });
  raw.on('close', end);
}
