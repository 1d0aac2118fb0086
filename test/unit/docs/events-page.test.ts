import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { PAGE_PATTERN } from '#infra/shared/event-rules.ts';
import { DETAIL_TYPES, DomainEventSchema, decodeDomainEvent, EVENT_SOURCE } from '#lib/contracts/domain-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { aPosition } from '#test/factories/a-position.ts';

const PAGE = readFileSync('docs/events.md', 'utf8');
const blocksOf = (language: string) =>
  [...PAGE.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, name, text]) =>
    name === language ? [text ?? ''] : [],
  );

describe('the page about events', () => {
  it('has the schema that the code uses; `npx vitest run test/unit/docs -u` writes it anew', async () => {
    // Of `detail`: the event and its version. Defaults stand for fields that older events lack: every new event has
    // them.
    const { $schema, $defs, ...event } = z.toJSONSchema(DomainEventSchema, {
      reused: 'ref',
      override: ({ jsonSchema }) => {
        delete jsonSchema.default;
        delete jsonSchema.additionalProperties;
        // For our code only: nobody writes an event back.
        delete jsonSchema.readOnly;
      },
    });
    const version = { type: 'object', properties: { v: { const: 1 } }, required: ['v'] };
    const document = { $schema, title: 'detail of an event of T-minus', allOf: [version, event], $defs };
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../../docs/events.schema.json');
  });

  it('shows an event that the code reads, with every field of a position', () => {
    const [example = ''] = blocksOf('json');
    const event = decodeDomainEvent(JSON.parse(example));
    if (event.type !== 'position-alert') throw new Error('The example is an alert');
    const { position } = JSON.parse(example).alert;
    expect(Object.keys(position).toSorted()).toEqual(
      Object.keys(describePosition(aPosition({ state: 'exited' }))).toSorted(),
    );
    expect(event.alert.position).toEqual(position);
  });

  it('names every event as the bus does, in table and rules', () => {
    for (const detailType of Object.values(DETAIL_TYPES)) expect(PAGE).toContain(`| \`${detailType}\` |`);
    const used = [...PAGE.matchAll(/detail-type: \[([^\]]+)\]/g)].map(([, name]) => name);
    expect(used).toHaveLength(3);
    for (const name of used) expect(Object.values(DETAIL_TYPES)).toContain(name);
    for (const [, source] of PAGE.matchAll(/source: \[([^\]]+)\]/g)) expect(source).toBe(EVENT_SOURCE);
  });

  it('shows the pattern of pages that AWS has, and templates of other receivers that are JSON', () => {
    const { severity, position } = z
      .object({
        alert: z.object({ severity: z.array(z.string()), position: z.object({ origin: z.array(z.string()) }) }),
      })
      .parse(PAGE_PATTERN.detail).alert;
    expect(PAGE).toContain(
      `detail: { alert: { severity: [${severity.join(', ')}], position: { origin: [${position.origin.join(', ')}] } } }`,
    );
    const templates = [...PAGE.matchAll(/\| `(\{".*\})` \|$/gm)].map(([, template = '']) => template);
    expect(templates).toHaveLength(3);
    for (const template of templates) expect(() => JSON.parse(template)).not.toThrow();
  });

  it('takes only fields out of an event that it has', () => {
    const detail = JSON.parse(blocksOf('json')[0] ?? '');
    const paths = [...PAGE.matchAll(/\$\.detail\.([\w.]+)$/gm)].map(([, path = '']) => path.split('.'));
    expect(paths).toHaveLength(5);
    for (const path of paths) {
      expect(
        path.reduce((value, name) => value?.[name], detail),
        path.join('.'),
      ).toEqual(expect.any(String));
    }
  });
});
