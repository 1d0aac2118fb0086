import type { FastifyReply } from 'fastify';
import * as z from 'zod';

/** SDK clients turn this answer into their typed error of the same name. */
export class AwsWireError extends Error {
  override readonly name = 'AwsWireError';
  readonly type: string;
  readonly status: number;

  constructor(type: string, status: number, message: string) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export function sendWireError(reply: FastifyReply, error: unknown): FastifyReply {
  const wireError = toWireError(error);
  return reply
    .code(wireError.status)
    .header('x-amzn-errortype', wireError.type)
    .type('application/json')
    .send(JSON.stringify({ __type: wireError.type, message: wireError.message, Message: wireError.message }));
}

const ClientFaultSchema = z.object({ statusCode: z.int().min(400).max(499) });

function toWireError(error: unknown): AwsWireError {
  if (error instanceof AwsWireError) return error;
  if (error instanceof z.ZodError) {
    return new AwsWireError('ValidationException', 400, `The request is not valid: ${z.prettifyError(error)}`);
  }
  // From the HTTP server before routing, for example for a body that is too large.
  const fault = ClientFaultSchema.safeParse(error);
  if (fault.success) return new AwsWireError('ValidationException', fault.data.statusCode, 'The request is malformed');
  return new AwsWireError('InternalServerException', 500, 'The local server failed');
}

/** @throws AwsWireError ValidationException, SerializationException */
export function readWireJson<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(parse(body));
  if (result.success) return result.data;
  const fault = z.prettifyError(result.error).replaceAll('\n', ' ');
  throw new AwsWireError('ValidationException', 400, `The request is not valid: ${fault}`);
}

function parse(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw new AwsWireError('SerializationException', 400, 'The request body is not JSON');
  }
}
